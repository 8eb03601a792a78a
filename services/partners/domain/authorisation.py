"""What a deliberation authorises: acts, with whom, up to how much, when and by whose hand, and what drew on it.

Which act draws on which ceiling: signing a convention draws what the signing organisation promises in cash, and this
service counts it; moving and committing credit draw on the ceiling of the authorisation that names them, and budget
counts those. One authorisation never names both, so no euro is counted against a ceiling twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from services.partners.domain.base import Base
from services.partners.domain.finding import Finding
from services.partners.domain.folding import fold
from services.partners.domain.signing import Signing

ZERO = Decimal("0.00")


class Act(StrEnum):
    """What a deliberation may authorise the executive to do."""

    SIGN_CONVENTIONS = "sign_conventions"
    SIGN_CHARTER = "sign_charter"
    APPROVE_ROADMAP = "approve_roadmap"
    REALLOCATE_CREDIT = "reallocate_credit"
    COMMIT_CREDIT = "commit_credit"


PHRASES = {
    Act.SIGN_CONVENTIONS: "to sign conventions",
    Act.SIGN_CHARTER: "to sign the charter",
    Act.APPROVE_ROADMAP: "to approve the roadmap",
    Act.REALLOCATE_CREDIT: "to reallocate credit",
    Act.COMMIT_CREDIT: "to commit credit",
}
CREDIT = frozenset({Act.REALLOCATE_CREDIT, Act.COMMIT_CREDIT})
"""The acts that budget does and counts."""
BEARING_MONEY = frozenset({Act.SIGN_CONVENTIONS, *CREDIT})
"""The acts that draw on a ceiling."""


@dataclass(frozen=True, kw_only=True)
class AuthorisationTerms:
    """One thing that a deliberation authorises; `label` in its own words.

    No counterparties: with anybody. No signatories: it does not say in what capacity one signs. `ceiling` in euros.
    """

    label: str | None = None
    acts: tuple[Act, ...]
    counterparties: tuple[UUID, ...] = ()
    ceiling: Decimal | None = None
    vat_basis: VatBasis = VatBasis.TTC
    starts_on: date | None = None
    ends_on: date | None = None
    signatories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """What a signature bears on: the act, its object, the other parties by id and name, and the cash it promises.

    For an amendment `amounts` is what it adds to what the signer had promised.
    """

    act: Act
    subject_id: UUID
    subject_name: str
    counterparties: Mapping[UUID, str] = field(default_factory=dict)
    amounts: Mapping[VatBasis, Decimal] = field(default_factory=dict)

    @property
    def taken(self) -> dict[VatBasis, Decimal]:
        """What it draws, in euros by VAT basis; less than nothing on one draws nothing and offsets no other."""
        return {basis: amount for basis, amount in self.amounts.items() if amount > 0}

    @property
    def amount(self) -> Decimal:
        """What it draws on a ceiling, in euros."""
        return sum(self.taken.values(), ZERO)


class Delegation(Base):
    """One who may sign in the executive's place, by name and by the document that says so (CGCT, article L3221-3)."""

    __tablename__ = "mandate_delegations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    name: Mapped[str]
    capacity: Mapped[str]
    document: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by: Mapped[str]

    def lets_sign(self, name: str, *, on: date) -> bool:
        """Tell whether somebody of that name may sign on that day."""
        return fold(self.name) == fold(name) and self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    def under(self, mandate_id: UUID) -> "Delegation":
        """Give the same delegation under the mandate that corrects its own."""
        stated = {each.name: getattr(self, each.name) for each in fields(Delegation)}
        return Delegation(**{**stated, "id": new_id(), "mandate_id": mandate_id})

    def end(self, on: date) -> None:
        """Take the delegation back; its last day is `on`.

        Raises RuleBroken where it ended already, InvalidInput where it had not begun by then.
        """
        if on < self.starts_on:
            too_early = f"The delegation of {self.name} began on {self.starts_on}: it cannot end before."
            raise InvalidInput(too_early, {"/ends_on": [too_early]})
        if self.ends_on is not None and self.ends_on < on:
            raise RuleBroken(f"The delegation of {self.name} ended on {self.ends_on} already.")
        self.ends_on = on


class Draw(Base):
    """What one act takes of an authorisation, in euros of one VAT basis; given back where the act came to nothing.

    No basis: it took nothing, it is of credit, or it was kept before draws had one and its basis is not known any more.
    `derogated`: it was signed although the mandate did not cover it. Acts on credit are copied from budget's events.
    """

    __tablename__ = "mandate_draws"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    authorisation_id: Mapped[UUID] = mapped_column(ForeignKey("mandate_authorisations.id"), index=True)
    act: Mapped[Act]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    subject_name: Mapped[str]
    amount: Mapped[Decimal]
    vat_basis: Mapped[VatBasis | None]
    drawn_on: Mapped[date]
    derogated: Mapped[bool] = mapped_column(default=False)
    given_back_on: Mapped[date | None] = mapped_column(default=None)
    given_back_because: Mapped[str | None] = mapped_column(default=None)


class Authorisation(Base):
    """One authorisation as kept; `drawn` counts the signatures under a ceiling, locked while one is given.

    What was signed by derogation counts as it is, on whatever VAT basis: left out, it would make room for more.
    Without a ceiling nothing is counted here, so that signers need not wait for each other; the draws tell the sum.
    """

    __tablename__ = "mandate_authorisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True, init=False)
    position: Mapped[int]
    label: Mapped[str | None]
    acts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    counterparties: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    ceiling: Mapped[Decimal | None]
    vat_basis: Mapped[VatBasis]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    signatories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    drawn: Mapped[Decimal] = mapped_column(default=ZERO)

    @classmethod
    def of(cls, position: int, terms: AuthorisationTerms) -> "Authorisation":
        """Put an authorisation at its place in the deliberation."""
        return cls(
            id=new_id(),
            position=position,
            label=terms.label,
            acts=[act.value for act in terms.acts],
            counterparties=list(terms.counterparties),
            ceiling=terms.ceiling,
            vat_basis=terms.vat_basis,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            signatories=list(terms.signatories),
        )

    @property
    def terms(self) -> AuthorisationTerms:
        """What it says."""
        return AuthorisationTerms(
            label=self.label,
            acts=tuple(Act(act) for act in self.acts),
            counterparties=tuple(self.counterparties),
            ceiling=self.ceiling,
            vat_basis=self.vat_basis,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            signatories=tuple(self.signatories),
        )

    @property
    def counted(self) -> bool:
        """Whether a signature under it is counted against its ceiling."""
        return self.ceiling is not None and Act.SIGN_CONVENTIONS in self.acts

    def lacks(self, signing: Signing, bearing: Bearing, delegations: Iterable[Delegation]) -> Iterator[Finding]:
        """Say all that keeps it from covering a signature; nothing if it covers it."""
        on = signing.signed_on
        if self.starts_on is not None and on < self.starts_on:
            yield "/signed_on", f"it applies only from {self.starts_on}, after {on}"
        if self.ends_on is not None and on > self.ends_on:
            yield "/signed_on", f"it applied until {self.ends_on}, before {on}"
        if not self._lets_sign(signing, delegations):
            yield (
                "/signatory/capacity",
                (
                    f"it lets the {', '.join(self.signatories)} sign, not the {signing.capacity}, "
                    f"and no delegation names {signing.signatory_name} on {on}"
                ),
            )
        for party, name in bearing.counterparties.items():
            if self.counterparties and party not in self.counterparties:
                yield "/mandate_id", f"it does not cover {name} as counterparty"
        yield from self._lacking_money(bearing)

    def _lacking_money(self, bearing: Bearing) -> Iterator[Finding]:
        if not self.counted or self.ceiling is None:
            return
        left = max(ZERO, self.ceiling - self.drawn)
        others = [basis for basis, amount in bearing.amounts.items() if amount and basis is not self.vat_basis]
        if others:
            yield "/mandate_id", f"its ceiling is stated {self.vat_basis}, the lines are {', '.join(others)}"
        if bearing.amount > left:
            yield (
                "/mandate_id",
                (
                    f"it allows {self.ceiling} €, of which {self.drawn} € are promised: {left} € are left, "
                    f"{bearing.amount} € are asked for"
                ),
            )

    def _lets_sign(self, signing: Signing, delegations: Iterable[Delegation]) -> bool:
        if not self.signatories or fold(signing.capacity) in map(fold, self.signatories):
            return True
        return any(each.lets_sign(signing.signatory_name, on=signing.signed_on) for each in delegations)

    def resembles(self, other: "Authorisation") -> tuple[bool, bool, bool]:
        """Tell in what it is like another: with whom, then in its words, then at its place."""
        return (
            set(self.counterparties) == set(other.counterparties),
            self.label == other.label,
            self.position == other.position,
        )

    def miscounts(self, signed: Mapping[VatBasis, Decimal], number: str) -> Iterator[Finding]:
        """Say why its ceiling cannot count what was signed under mandate `number`, in euros by VAT basis."""
        pointer = f"/authorisations/{self.position}/vat_basis"
        if not self.counted or not signed.keys() - {self.vat_basis}:
            return
        if len(signed) > 1:
            yield (
                pointer,
                (
                    f"Under mandate {number}, {signed[VatBasis.HT]} € were signed HT and {signed[VatBasis.TTC]} € TTC: "
                    "no ceiling counts both, leave it out of the correction."
                ),
            )
        else:
            [(basis, amount)] = signed.items()
            yield (
                pointer,
                (
                    f"Under mandate {number}, {amount} € were signed {basis}: "
                    "state the ceiling of its correction likewise."
                ),
            )

    def draw(self, mandate_id: UUID, signing: Signing, bearing: Bearing, *, derogated: bool) -> list[Draw]:
        """Take what a signature bears on, once for each VAT basis, and keep that it rests here where it takes nothing.

        Whoever calls holds the lock where it is counted.
        """
        if self.counted:
            self.drawn += bearing.amount
        taken: list[tuple[VatBasis | None, Decimal]] = [*bearing.taken.items()] or [(None, ZERO)]
        return [
            Draw(
                id=new_id(),
                mandate_id=mandate_id,
                authorisation_id=self.id,
                act=bearing.act,
                subject_id=bearing.subject_id,
                subject_name=bearing.subject_name,
                amount=amount,
                vat_basis=basis,
                drawn_on=signing.signed_on,
                derogated=derogated,
            )
            for basis, amount in taken
        ]

    def take_back(self, draw: Draw, *, on: date, because: str) -> None:
        """Make available again what a signature took; done twice, it counts once."""
        if draw.given_back_on is not None:
            return
        draw.given_back_on, draw.given_back_because = on, because
        if self.counted:
            self.drawn -= draw.amount
