"""What a convention is made of, as kept: parties, lines, tranches and signatures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.identifiers import new_id
from chassis.money import VatBasis
from contracts.partners import ContributionKind, ContributionLine, Nature, Party, PartyRole, Tranche
from services.partners.domain.base import Base
from services.partners.domain.convention_terms import Known, LineTerms, PartyTerms, TrancheTerms
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction
from services.partners.domain.signing import SigningColumns


class ConventionSignature(SigningColumns, Base):
    """One party's signature of one version of the text."""

    __tablename__ = "convention_signatures"

    convention_id: Mapped[UUID] = mapped_column(ForeignKey("conventions.id"), primary_key=True, init=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)


class ConventionParty(Base):
    """One that signs."""

    __tablename__ = "convention_parties"

    convention_id: Mapped[UUID] = mapped_column(ForeignKey("conventions.id"), primary_key=True, init=False)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True, index=True, init=False
    )
    position: Mapped[int]
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    role: Mapped[PartyRole]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"))
    mandate_number: Mapped[str | None]

    def __post_init__(self) -> None:
        self.organisation_id = self.organisation.id

    @classmethod
    def of(cls, position: int, terms: PartyTerms, known: Known) -> "ConventionParty":
        """Seat a party at its place in the text."""
        return cls(
            position=position,
            organisation=known.organisations[terms.organisation_id],
            role=terms.role,
            mandate_id=terms.mandate_id,
            mandate_number=terms.mandate_number,
        )

    def published(self, signature: ConventionSignature | None) -> Party:
        """Give what others learn of it; the mandate it signed under stands before the one it announced."""
        source = signature if signature and (signature.mandate_id or signature.mandate_number) else self
        return Party(
            organisation_id=self.organisation.id,
            name=self.organisation.name,
            role=self.role,
            signed_on=signature.signed_on if signature else None,
            mandate_id=source.mandate_id,
            mandate_number=source.mandate_number,
        )


@dataclass(frozen=True)
class PartyState:
    """A party as others learn of it, and the evidence of its signature."""

    party: Party
    signature: ConventionSignature | None


class ConventionTranche(Base):
    """What a line brings in one budget year."""

    __tablename__ = "convention_tranches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("convention_lines.id"), index=True, init=False)
    position: Mapped[int]
    year: Mapped[int]
    amount: Mapped[Decimal]
    due_on: Mapped[date]
    condition: Mapped[str | None]

    @classmethod
    def of(cls, position: int, terms: TrancheTerms) -> "ConventionTranche":
        """Put a tranche at its place in its line."""
        return cls(
            id=new_id(),
            position=position,
            year=terms.budget_year,
            amount=terms.amount,
            due_on=terms.due_on,
            condition=terms.condition,
        )

    def published(self) -> Tranche:
        """Give what others learn of it."""
        return Tranche(
            tranche_id=self.id, year=self.year, amount=self.amount, due_on=self.due_on, condition=self.condition
        )


class ConventionLine(Base):
    """What one party promises to one action."""

    __tablename__ = "convention_lines"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    convention_id: Mapped[UUID] = mapped_column(ForeignKey("conventions.id"), index=True, init=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), init=False)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("known_actions.id"), index=True, init=False)
    position: Mapped[int]
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    action: Mapped[KnownAction] = relationship(lazy="raise", repr=False)
    kind: Mapped[ContributionKind]
    nature: Mapped[Nature]
    vat_basis: Mapped[VatBasis]
    description: Mapped[str | None]
    tranches: Mapped[list[ConventionTranche]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=ConventionTranche.position
    )

    def __post_init__(self) -> None:
        self.organisation_id, self.action_id = self.organisation.id, self.action.id

    @classmethod
    def of(cls, position: int, terms: LineTerms, known: Known) -> "ConventionLine":
        """Put a line at its place in the text."""
        return cls(
            id=new_id(),
            position=position,
            organisation=known.organisations[terms.organisation_id],
            action=known.actions[terms.action_id],
            kind=terms.kind,
            nature=terms.nature,
            vat_basis=terms.vat_basis,
            description=terms.description,
            tranches=[ConventionTranche.of(*each) for each in enumerate(terms.tranches)],
        )

    def published(self) -> ContributionLine:
        """Give what others learn of it."""
        return ContributionLine(
            line_id=self.id,
            organisation_id=self.organisation.id,
            organisation_name=self.organisation.name,
            action_id=self.action.id,
            action_code=self.action.code,
            kind=self.kind,
            nature=self.nature,
            vat_basis=self.vat_basis,
            description=self.description,
            tranches=tuple(tranche.published() for tranche in self.tranches),
        )
