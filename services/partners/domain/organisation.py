"""Organisations: whoever takes part, public or private, known by its SIREN."""

from dataclasses import dataclass, fields
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from contracts.partners import OrganisationChanged, OrganisationRegistered, OrganisationState
from services.partners.domain.base import Base
from services.partners.domain.folding import fold
from services.partners.domain.identifiers import IdentifierFlag, Identifiers, read_identifiers

Fact = TypeVar("Fact", bound=OrganisationState)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What one says of an organisation; `siren` and `siret` as typed."""

    name: str
    legal_form: str | None = None
    siren: str | None = None
    siret: str | None = None
    public: bool = True
    funder: bool = False
    insee_code: str | None = None
    population: int | None = None
    needs_mandate: bool = False


class Organisation(Base):
    """One that may sign once its SIREN is known and valid; `needs_mandate` binds it to deliberations when it signs."""

    __tablename__ = "organisations"
    __table_args__ = (Index("organisations_by_name", "folded_name", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(Text(collation="C"))
    legal_form: Mapped[str | None]
    siren: Mapped[str | None] = mapped_column(unique=True)
    siret: Mapped[str | None]
    typed_siren: Mapped[str | None]
    typed_siret: Mapped[str | None]
    identifier_flag: Mapped[IdentifierFlag | None]
    public: Mapped[bool]
    funder: Mapped[bool]
    insee_code: Mapped[str | None]
    population: Mapped[int | None]
    needs_mandate: Mapped[bool]
    sequence: Mapped[int] = mapped_column(default=0)

    @classmethod
    def register(cls, id: UUID, sheet: Sheet) -> tuple["Organisation", OrganisationRegistered]:
        """Make an organisation known."""
        organisation = cls(id=id, **_columns(sheet))
        return organisation, organisation._tell(OrganisationRegistered)

    def change(self, sheet: Sheet) -> OrganisationChanged | None:
        """Put what is known now in place of what was; None where nothing differs."""
        if not self.differs(sheet):
            return None
        for name, value in _columns(sheet).items():
            setattr(self, name, value)
        return self._tell(OrganisationChanged)

    def differs(self, sheet: Sheet) -> bool:
        """Tell whether `sheet` says anything else than what is known."""
        return any(getattr(self, name) != value for name, value in _columns(sheet).items())

    @property
    def sheet(self) -> Sheet:
        """What is known, in the form in which it is said."""
        facts = {each.name: getattr(self, each.name) for each in fields(Sheet)}
        typed = {"siren": self.siren or self.typed_siren, "siret": self.siret or self.typed_siret}
        return Sheet(**{**facts, **typed})

    @property
    def may_sign(self) -> bool:
        """Whether its SIREN is known and valid: that is enough to sign; the SIRET is asked for at payment."""
        return self.siren is not None

    def ensure_it_may_sign(self) -> None:
        """Refuse a signature of an organisation that nobody can tell from another.

        Raises RuleBroken.
        """
        if not self.may_sign:
            typed = self.typed_siren or self.typed_siret or "none"
            raise RuleBroken(f"{self.name} has no valid SIREN (typed: {typed}): correct it before it signs.")

    def _tell(self, fact: type[Fact]) -> Fact:
        self.sequence += 1
        return fact(
            organisation_id=self.id,
            name=self.name,
            legal_form=self.legal_form,
            siren=self.siren,
            siret=self.siret,
            public=self.public,
            funder=self.funder,
            insee_code=self.insee_code,
            population=self.population,
            identifier_flag=self.identifier_flag,
            sequence=self.sequence,
        )


def _columns(sheet: Sheet) -> dict[str, Any]:
    read: Identifiers = read_identifiers(sheet.siren, sheet.siret)
    return {
        "name": sheet.name.strip(),
        "folded_name": fold(sheet.name),
        "legal_form": sheet.legal_form,
        "siren": read.siren,
        "siret": read.siret,
        "typed_siren": read.typed_siren,
        "typed_siret": read.typed_siret,
        "identifier_flag": read.flag,
        "public": sheet.public,
        "funder": sheet.funder,
        "insee_code": sheet.insee_code,
        "population": sheet.population,
        "needs_mandate": sheet.needs_mandate,
    }
