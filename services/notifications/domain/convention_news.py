"""News of a convention: the facts as the event told them, chosen for the person who reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.money import VatBasis
from contracts.budget import Figures
from contracts.partners import ContributionKind, ContributionLine, ConventionState, ConventionStatus, PartyRole
from services.notifications.domain.news import News, Reader
from services.notifications.domain.topic import Topic

TRUE_WHILE = {
    Topic.IN_FORCE: ConventionStatus.IN_FORCE,
    Topic.AMENDED: ConventionStatus.IN_FORCE,
    Topic.TERMINATED: ConventionStatus.TERMINATED,
}
"""The status in which a convention's news is still true."""


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """Cash that one party owes to one action on one day, in euros."""

    due_on: date
    organisation_id: UUID
    organisation: str
    action_code: str
    amount: Decimal
    vat_basis: VatBasis
    condition: str | None


@dataclass(frozen=True, kw_only=True)
class Support:
    """What a party brings that is not cash: it stands beside the totals, valued in euros where it was."""

    kind: ContributionKind
    organisation: str
    action_code: str
    description: str | None
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """A party, its role and its day of signature."""

    name: str
    role: PartyRole
    signed_on: date | None


@dataclass(frozen=True, kw_only=True)
class ActionFigures:
    """Where an action stands once the projection has followed the convention; cash in the programme's VAT basis."""

    code: str
    title: str | None
    figures: Figures

    @property
    def gap(self) -> Decimal:
        """What is still missing; nothing, where more is secured than needed."""
        return max(self.figures.gap, Decimal(0))

    @property
    def secured_percent(self) -> int:
        """The share of the need that is secured, in whole percent; 100 only where nothing is missing."""
        if not self.gap:
            return 100
        return min(round(self.figures.secured / self.figures.need * 100), 99)


@dataclass(frozen=True, kw_only=True)
class ConventionNews(News):
    """Everything an e-mail says of a convention, as its event told it; `newest` is the status that it has since.

    `instalments` are those promised, or those that fall by its end.
    """

    convention: ConventionState
    newest: ConventionStatus
    parties: tuple[Signatory, ...]
    instalments: tuple[Instalment, ...]
    support: tuple[Support, ...]
    actions: tuple[ActionFigures, ...]

    @property
    def still_true(self) -> bool:
        """Whether the convention still has the status that is told."""
        return self.newest is TRUE_WHILE[self.topic]

    @property
    def page(self) -> str:
        """The convention's page."""
        return f"conventions/{self.convention.convention_id}"

    @property
    def totals(self) -> dict[VatBasis, Decimal]:
        """The instalments' sum for each VAT basis, since the two are never added."""
        return _totals(self.instalments)

    @property
    def own(self) -> tuple[Instalment, ...]:
        """The instalments that the reader's organisation owes."""
        return tuple(each for each in self.instalments if each.organisation_id == self.reader.organisation_id)

    @property
    def own_totals(self) -> dict[VatBasis, Decimal]:
        """The sum of those, for each VAT basis."""
        return _totals(self.own)

    @property
    def ended_by(self) -> str | None:
        """The name of the party that ended it."""
        return next(
            (each.name for each in self.convention.parties if each.organisation_id == self.convention.ended_by), None
        )


def convention_news(
    topic: Topic,
    convention: ConventionState,
    *,
    newest: ConventionStatus,
    reader: Reader,
    programme: str | None,
    titles: Mapping[UUID, str],
    figures: Mapping[UUID, Figures],
    paid: Mapping[UUID, Decimal],
) -> ConventionNews:
    """Choose the facts; `titles` and `figures` are those held of its actions, by action id.

    A termination takes out of what is secured all that falls due on or after its day and was not paid: `paid` says how
    much was, by tranche id, where that matters.
    """
    falling_from = convention.ended_on if topic is Topic.TERMINATED else None
    owed = _instalments(convention.lines, paid)
    instalments = (each for each in owed if not falling_from or each.due_on >= falling_from)
    codes = {line.action_id: line.action_code for line in convention.lines}
    return ConventionNews(
        topic=topic,
        convention=convention,
        newest=newest,
        programme=programme,
        reader=reader,
        parties=tuple(
            Signatory(name=each.name, role=each.role, signed_on=each.signed_on) for each in convention.parties
        ),
        instalments=tuple(sorted(instalments, key=lambda each: (each.due_on, each.organisation, each.action_code))),
        support=tuple(_support(convention.lines)),
        actions=tuple(
            ActionFigures(code=code, title=titles.get(action_id), figures=figures[action_id])
            for action_id, code in sorted(codes.items(), key=lambda each: each[1])
            if action_id in figures
        ),
    )


def _instalments(lines: Iterable[ContributionLine], paid: Mapping[UUID, Decimal]) -> Iterable[Instalment]:
    return (
        Instalment(
            due_on=tranche.due_on,
            organisation_id=line.organisation_id,
            organisation=line.organisation_name,
            action_code=line.action_code,
            amount=left,
            vat_basis=line.vat_basis,
            condition=tranche.condition,
        )
        for line in lines
        if line.kind is ContributionKind.CASH
        for tranche in line.tranches
        if (left := tranche.amount - paid.get(tranche.tranche_id, Decimal(0))) > 0
    )


def _support(lines: Iterable[ContributionLine]) -> Iterable[Support]:
    return (
        Support(
            kind=line.kind,
            organisation=line.organisation_name,
            action_code=line.action_code,
            description=line.description,
            value=sum((tranche.amount for tranche in line.tranches), Decimal(0)),
        )
        for line in lines
        if line.kind is not ContributionKind.CASH
    )


def _totals(instalments: Iterable[Instalment]) -> dict[VatBasis, Decimal]:
    totals: dict[VatBasis, Decimal] = {}
    for each in instalments:
        totals[each.vat_basis] = totals.get(each.vat_basis, Decimal(0)) + each.amount
    return totals
