"""Mandates: the deliberations that authorise acts, and what a signature lacks without one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, joinedload, mapped_column, relationship, selectinload

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identifiers import new_id
from contracts.partners import MandateRecorded
from services.partners.domain.authorisation import (
    CREDIT,
    PHRASES,
    Act,
    Authorisation,
    AuthorisationTerms,
    Bearing,
    Delegation,
    Draw,
)
from services.partners.domain.base import Base
from services.partners.domain.finding import Finding, refuse, refuse_signature
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing import Signing

__all__ = [
    "WHOLE",
    "Act",
    "AuthorisationTerms",
    "Bearing",
    "Deliberation",
    "Mandate",
    "Opinion",
    "ensure_it_binds",
    "require_mandate",
]


class Opinion(StrEnum):
    """What the commission said of the draft deliberation."""

    FAVOURABLE = "favourable"
    UNFAVOURABLE = "unfavourable"
    RESERVED = "reserved"


@dataclass(frozen=True, kw_only=True)
class Deliberation:
    """What one says of a deliberation.

    Enforceable once published or notified and, where the law asks, transmitted to the State's representative
    (CGCT, article L3131-1): `enforceable_since` is stated, since which acts must be transmitted is a matter of law.
    """

    number: str
    title: str
    body: str
    adopted_on: date
    transmitted_on: date | None = None
    published_on: date | None = None
    enforceable_since: date | None = None
    commission: str | None = None
    commission_opinion: Opinion | None = None
    unanimous: bool = False
    votes_for: int | None = None
    votes_against: int | None = None
    abstentions: int | None = None
    authorisations: tuple[AuthorisationTerms, ...]

    def check(self, *, today: date) -> None:
        """Refuse what cannot be so.

        Raises InvalidInput with all findings at once.
        """
        refuse([*self._wrong_days(today), *self._wrong_votes(), *self._wrong_authorisations()])

    def _wrong_days(self, today: date) -> Iterator[Finding]:
        if self.adopted_on > today:
            yield "/adopted_on", "It lies in the future."
        for name in ("transmitted_on", "published_on", "enforceable_since"):
            day = getattr(self, name)
            if day is not None and day < self.adopted_on:
                yield f"/{name}", f"It was adopted on {self.adopted_on}: this cannot be before."
        for name, what in (("transmitted_on", "transmitted"), ("published_on", "published")):
            day = getattr(self, name)
            if self.enforceable_since is not None and day is not None and self.enforceable_since < day:
                yield (
                    "/enforceable_since",
                    f"{what.capitalize()} on {day}, it is enforceable from then on at the earliest.",
                )

    def _wrong_votes(self) -> Iterator[Finding]:
        if self.unanimous and self.votes_against:
            yield "/unanimous", "A vote is not unanimous where somebody voted against."
        if self.votes_for is not None and self.votes_against is not None and self.votes_for <= self.votes_against:
            yield "/votes_for", "With no more votes for than against, nothing was adopted."

    def _wrong_authorisations(self) -> Iterator[Finding]:
        if not self.authorisations:
            yield "/authorisations", "Say what it authorises: add one authorisation at least."
        credit = 0
        for position, terms in enumerate(self.authorisations):
            pointer, acts = f"/authorisations/{position}", set(terms.acts)
            if acts & CREDIT and acts - CREDIT:
                yield (
                    f"{pointer}/acts",
                    "Credit is counted by the budget, signatures are counted here: state them as two authorisations.",
                )
            credit += bool(acts & CREDIT)
            if acts & CREDIT and credit > 1:
                yield f"{pointer}/acts", "Another authorisation of it is about credit: state both as one."
            if acts & CREDIT and (terms.counterparties or terms.signatories or terms.starts_on or terms.ends_on):
                yield (
                    f"{pointer}/acts",
                    "Credit is bounded by its ceiling and its budget year alone: leave out parties, hands and period.",
                )
            if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
                yield f"{pointer}/ends_on", f"It ends before it starts on {terms.starts_on}."


class Mandate(Base):
    """A deliberation of one organisation, what it authorises, and to whom its execution was delegated.

    `corrected_by` is the record that replaces it for whatever is signed from then on.
    """

    __tablename__ = "mandates"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), init=False)
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    number: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    adopted_on: Mapped[date]
    transmitted_on: Mapped[date | None]
    published_on: Mapped[date | None]
    enforceable_since: Mapped[date | None]
    commission: Mapped[str | None]
    commission_opinion: Mapped[Opinion | None]
    unanimous: Mapped[bool]
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    abstentions: Mapped[int | None]
    authorisations: Mapped[list[Authorisation]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=Authorisation.position
    )
    delegations: Mapped[list[Delegation]] = relationship(lazy="raise", repr=False, order_by=Delegation.id)
    draws: WriteOnlyMapped[Draw] = relationship(lazy="write_only", init=False, repr=False, passive_deletes=True)
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"), default=None)
    corrected_by: Mapped[str | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)

    def __post_init__(self) -> None:
        self.organisation_id = self.organisation.id

    @classmethod
    def record(
        cls, id: UUID, organisation: Organisation, deliberation: Deliberation, *, today: date
    ) -> tuple["Mandate", MandateRecorded]:
        """Record what an organisation's assembly authorised.

        Raises InvalidInput.
        """
        deliberation.check(today=today)
        authorisations = [Authorisation.of(*each) for each in enumerate(deliberation.authorisations)]
        stated = _columns(deliberation)
        mandate = cls(id=id, organisation=organisation, authorisations=authorisations, delegations=[], **stated)
        return mandate, mandate._tell()

    def complete(
        self, deliberation: Deliberation, *, something_rests_on_it: bool, today: date
    ) -> MandateRecorded | None:
        """Correct it, or put in what became known since; None where nothing differs.

        Once something rests on it, only what was still open may be filled in, such as the day it was transmitted; a
        correction never comes to authorise credit, which budget counts under the mandate that it corrects.
        Raises RuleBroken, InvalidInput.
        """
        if self.deliberation == deliberation:
            return None
        deliberation.check(today=today)
        if self.corrects is not None:
            _ensure_no_credit(each.acts for each in deliberation.authorisations)
        if something_rests_on_it:
            self._ensure_it_only_adds(deliberation)
        for name, value in _columns(deliberation).items():
            setattr(self, name, value)
        if tuple(each.terms for each in self.authorisations) != deliberation.authorisations:
            self.authorisations = [Authorisation.of(*each) for each in enumerate(deliberation.authorisations)]
        return self._tell()

    def give_way_to(self, correction: "Mandate") -> None:
        """Let a correcting record take its place for what is signed from now on.

        Raises RuleBroken where another did already or credit is restated, InvalidInput for another organisation's.
        """
        if self.organisation.id != correction.organisation.id:
            raise InvalidInput(
                "A record corrects a mandate of its own organisation.", {"/corrects": ["Another organisation's."]}
            )
        if self.corrected_by is not None:
            raise RuleBroken(f"Mandate {self.number} was corrected by {self.corrected_by} already: correct that one.")
        _ensure_no_credit(each.terms.acts for each in correction.authorisations)
        self.corrected_by, correction.corrects = correction.number, self.id
        correction.delegations.extend(each.under(correction.id) for each in self.delegations)

    def in_place_of(self, corrected: Authorisation, act: Act) -> Authorisation | None:
        """Give the authorisation of an act that most resembles one of the mandate that this one corrects."""
        named = [each for each in self.authorisations if act in each.acts]
        return max(named, key=lambda each: each.resembles(corrected), default=None)

    def delegate(
        self, *, name: str, capacity: str, document: str, starts_on: date, ends_on: date | None, by: str
    ) -> Delegation:
        """Let somebody sign in the executive's place.

        Raises InvalidInput where it ends before it starts.
        """
        if ends_on is not None and ends_on < starts_on:
            raise InvalidInput(f"It ends before it starts on {starts_on}.", {"/ends_on": ["Before the start."]})
        delegation = Delegation(
            id=new_id(),
            mandate_id=self.id,
            name=name,
            capacity=capacity,
            document=document,
            starts_on=starts_on,
            ends_on=ends_on,
            recorded_by=by,
        )
        self.delegations.append(delegation)
        return delegation

    def end_delegation(self, id: UUID, *, on: date) -> None:
        """Take a delegation back.

        Raises NotFound, RuleBroken.
        """
        found = next((each for each in self.delegations if each.id == id), None)
        if found is None:
            raise NotFound(f"Mandate {self.number} knows no delegation {id}.")
        found.end(on)

    @property
    def deliberation(self) -> Deliberation:
        """What it says, in the form in which it is said."""
        stated = {each.name: getattr(self, each.name) for each in fields(Deliberation)}
        return Deliberation(**{**stated, "authorisations": tuple(each.terms for each in self.authorisations)})

    def lacks(self, signing: Signing, bearing: Bearing) -> Iterator[Finding]:
        """Say all that keeps this mandate from covering a signature; nothing if it covers it."""
        on = signing.signed_on
        if self.corrected_by is not None:
            yield "/mandate_id", f"it was corrected by {self.corrected_by}: name that one"
        if self.enforceable_since is None:
            yield "/mandate_id", "it is not enforceable yet: its date of enforceability is not recorded"
        elif self.enforceable_since > on:
            yield "/signed_on", f"it is enforceable only since {self.enforceable_since}, after {on}"
        if nearest := self._nearest(signing, bearing):
            yield from nearest.lacks(signing, bearing, self.delegations)
        else:
            yield "/mandate_id", f"it does not authorise {PHRASES[bearing.act]}"

    def _nearest(self, signing: Signing, bearing: Bearing) -> Authorisation | None:
        """Give the authorisation of the act that lacks least."""
        named = [each for each in self.authorisations if bearing.act in each.acts]
        return min(named, key=lambda each: len([*each.lacks(signing, bearing, self.delegations)]), default=None)

    def bear(self, signing: Signing, bearing: Bearing, *, derogated: bool) -> None:
        """Keep that a signature rests on it, and what it takes of a ceiling."""
        authorisation = self._nearest(signing, bearing)
        if authorisation is not None:
            self.draws.add_all(authorisation.draw(self.id, signing, bearing, derogated=derogated))

    def _ensure_it_only_adds(self, deliberation: Deliberation) -> None:
        before = self.deliberation
        changed = [
            each.name
            for each in fields(Deliberation)
            if getattr(before, each.name) not in (None, getattr(deliberation, each.name))
        ]
        if changed:
            raise RuleBroken(
                f"Signatures or credit rest on mandate {self.number}: {', '.join(changed)} stays as it is. "
                "Record a correction that names this mandate, or a new deliberation."
            )

    def _tell(self) -> MandateRecorded:
        self.sequence += 1
        return MandateRecorded(
            mandate_id=self.id,
            number=self.number,
            title=self.title,
            organisation_id=self.organisation.id,
            organisation_name=self.organisation.name,
            adopted_on=self.adopted_on,
            enforceable_since=self.enforceable_since,
            authorises=tuple(self.authorises),
            ceiling=self._credit_ceiling(),
            sequence=self.sequence,
        )

    @property
    def authorises(self) -> list[Act]:
        """All acts that it authorises, each once."""
        return [Act(act) for act in dict.fromkeys(act for each in self.authorisations for act in each.acts)]

    def _credit_ceiling(self) -> Decimal | None:
        ceilings = (each.ceiling for each in self.authorisations if CREDIT & set(map(Act, each.acts)))
        return next(ceilings, None)


WHOLE = (
    joinedload(Mandate.organisation),
    selectinload(Mandate.authorisations),
    selectinload(Mandate.delegations),
)
"""What is read along with a mandate: whether it covers a signature needs all of it."""


def require_mandate(
    organisation: Organisation, mandate: Mandate | None, signing: Signing, bearing: Bearing
) -> tuple[str, ...]:
    """Let a signature rest on its mandate, or refuse it; give what is missing and was derogated from.

    Who `needs_mandate` signs only under one, of its own. A derogation lets a signature stand without cover, and keeps
    why; it names the mandate in force all the same, where what was signed is counted.
    Raises RuleBroken, which names everything that is missing, each at its place in the signature.
    """
    if mandate is None:
        if not organisation.needs_mandate:
            return ()
        lacking = [("/mandate_id", _nothing_named(organisation, signing, bearing))]
        if signing.derogation_document is None:
            refuse_signature(lacking, str)
    else:
        lacking = [*mandate.lacks(signing, bearing)]
        if mandate.corrected_by is not None or (lacking and signing.derogation_document is None):
            refuse_signature(
                lacking, lambda missing: f"Mandate {mandate.number} does not cover this signature: {missing}."
            )
        mandate.bear(signing, bearing, derogated=bool(lacking))
    return tuple(finding for _, finding in lacking)


def ensure_it_binds(
    signing: Signing,
    organisation: Organisation,
    mandate: Mandate | None,
    bearing: Bearing,
    *,
    fingerprint: str,
    today: date,
) -> tuple[str, ...]:
    """Refuse a signature, of the charter, a convention or an amendment, that would not bind whom it is given for.

    Gives what its mandate lacks and was derogated from. Raises RuleBroken where it has no valid SIREN or lacks the
    mandate it needs, InvalidInput for another text or a day to come.
    """
    organisation.ensure_it_may_sign()
    signing.ensure_it_fits(fingerprint=fingerprint, today=today)
    return require_mandate(organisation, mandate, signing, bearing)


def _ensure_no_credit(acts: Iterable[tuple[Act, ...]]) -> None:
    if any(CREDIT & set(each) for each in acts):
        raise RuleBroken(
            "The budget counts credit under the mandate that first authorised it: leave credit out of the "
            "correction, or record a new deliberation without naming this one."
        )


def _nothing_named(organisation: Organisation, signing: Signing, bearing: Bearing) -> str:
    return (
        f"{organisation.name} signs only under a mandate: name one that authorises {PHRASES[bearing.act]} "
        f"and is enforceable since {signing.signed_on} or before."
    )


def _columns(deliberation: Deliberation) -> dict[str, Any]:
    return {
        each.name: getattr(deliberation, each.name) for each in fields(Deliberation) if each.name != "authorisations"
    }
