"""Organisations: whoever takes part, public or private, known by its SIREN."""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from contracts.partners import OrganisationChanged, OrganisationMerged, OrganisationRegistered, OrganisationState
from services.partners.domain.address import Address, AddressUse
from services.partners.domain.base import Base
from services.partners.domain.folding import fold, spaced, trigrams
from services.partners.domain.former_identifier import FormerIdentifier, IdentifierKind
from services.partners.domain.identifiers import IdentifierFlag, Identifiers, read_identifiers
from services.partners.domain.legal_category import label_of

Fact = TypeVar("Fact", bound=OrganisationState)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What one says of an organisation; `siren` and `siret` as typed.

    `legal_category` is INSEE's code; its words are the legal form where none is given. `epci_siren` names the
    inter-municipal body that it is a member of; `siret_since` is the day on which its office moved to this SIRET.
    """

    name: str
    legal_form: str | None = None
    siren: str | None = None
    siret: str | None = None
    public: bool = True
    funder: bool = False
    insee_code: str | None = None
    population: int | None = None
    needs_mandate: bool = False
    legal_category: str | None = None
    rna: str | None = None
    epci_siren: str | None = None
    addresses: tuple[Address, ...] = ()
    siret_since: date | None = None

    def ensure_the_office_has_moved(self, today: date) -> None:
        """Refuse a SIRET of a day to come.

        Raises InvalidInput.
        """
        if self.siret_since and self.siret_since > today:
            raise InvalidInput(
                f"The office has not moved yet: today is {today}.", {"/siret_since": ["It lies in the future."]}
            )


class Fate(StrEnum):
    """What becomes in a merger of a fact that the duplicate says otherwise than the survivor."""

    TAKEN_OVER = "taken_over"
    FORMER = "former"
    SET_ASIDE = "set_aside"


class Organisation(Base):
    """One that may sign once its SIREN is known and valid; `needs_mandate` binds it to deliberations when it signs."""

    __tablename__ = "organisations"
    __table_args__ = (
        Index("organisations_by_name", "folded_name", "id"),
        Index("organisations_trigrams", "trigrams", postgresql_using="gin"),
    )

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
    legal_category: Mapped[str | None]
    rna: Mapped[str | None] = mapped_column(index=True)
    epci_siren: Mapped[str | None] = mapped_column(index=True)
    kept_addresses: Mapped[list[dict[str, Any]]] = mapped_column("addresses", JSONB)
    siret_since: Mapped[date | None]
    trigrams: Mapped[list[str]] = mapped_column(ARRAY(Text), repr=False, deferred=True)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), default=None, index=True)
    merged_on: Mapped[date | None] = mapped_column(default=None)
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
        columns = _columns(sheet)
        del columns["trigrams"]  # they follow from the folded name, and are not read along
        return any(getattr(self, name) != value for name, value in columns.items())

    def differences(self, sheet: Sheet) -> dict[str, tuple[Any, Any]]:
        """Give what `sheet` would change, fact by fact, before and after; of the addresses the seat's."""
        after = Organisation(id=self.id, **_columns(sheet)).facts
        return {name: (value, after[name]) for name, value in self.facts.items() if value != after[name]}

    def left_behind(self, sheet: Sheet, *, today: date) -> list[FormerIdentifier]:
        """Give the identifiers that `sheet` no longer says, each with the days it was in use.

        What was never valid was never in use. Since when is not known where it would be after the end: of two days that
        contradict each other the one said last is believed. Raises InvalidInput where it says a day to come.
        """
        if sheet.siret_since != self.siret_since:
            sheet.ensure_the_office_has_moved(today)
        read = read_identifiers(sheet.siren, sheet.siret)
        moved = sheet.siret_since if read.siret and sheet.siret_since != self.siret_since else None
        until = moved or today
        since = self.siret_since if self.siret_since and self.siret_since <= until else None
        changed = (
            (IdentifierKind.SIREN, self.siren, read.siren, None, today),
            (IdentifierKind.SIRET, self.siret, read.siret, since, until),
            (IdentifierKind.RNA, self.rna, sheet.rna, None, today),
        )
        return [
            FormerIdentifier(id=new_id(), organisation_id=self.id, kind=kind, value=value, since=begun, until=end)
            for kind, value, following, begun, end in changed
            if value and value != following
        ]

    def left_to(self, survivor: "Organisation", *, on: date) -> list[FormerIdentifier]:
        """Give the identifiers by which a duplicate's `survivor` is still found, beside its own."""
        known = (
            (IdentifierKind.SIRET, self.siret, survivor.siret, self.siret_since),
            (IdentifierKind.RNA, self.rna, survivor.rna, None),
        )
        return [
            FormerIdentifier(id=new_id(), organisation_id=survivor.id, kind=kind, value=value, since=since, until=on)
            for kind, value, own, since in known
            if value and own and value != own
        ]

    def dissolve(self, survivor: "Organisation", *, on: date) -> OrganisationMerged:
        """End as the duplicate of another one; what it was known by is the other's from now on.

        Raises RuleBroken where the two are not one, or one of them ended so before.
        """
        self.ensure_it_may_end_in(survivor)
        self.siren = self.siret = self.rna = None
        self.merged_on = on
        return self.follow(survivor)

    def ensure_it_may_end_in(self, survivor: "Organisation") -> None:
        """Refuse a merger of two that are not one, or of which one ended before.

        Raises RuleBroken.
        """
        if self.id == survivor.id:
            raise RuleBroken(f"{self.name} is not its own duplicate: choose another one.")
        self.ensure_it_is_itself()
        survivor.ensure_it_is_itself()
        if self.siren and survivor.siren and self.siren != survivor.siren:
            raise RuleBroken(
                f"{self.name} (SIREN {self.siren}) and {survivor.name} (SIREN {survivor.siren}) are two legal persons: "
                "correct the SIREN that is wrong before merging them."
            )

    def follow(self, survivor: "Organisation") -> OrganisationMerged:
        """Be the duplicate of `survivor` from now on: also of whom the one before was merged into."""
        self.merged_into_id = survivor.id
        self.sequence += 1
        return OrganisationMerged(
            **{**self._state(), "merged_into_id": survivor.id, "merged_into_name": survivor.name},
        )

    def completed_by(self, duplicate: "Organisation") -> Sheet:
        """Give what is known of it, and of its duplicate where it says nothing."""
        own, other = self.sheet, duplicate.sheet
        known = {each.name: getattr(own, each.name) or getattr(other, each.name) for each in fields(Sheet)}
        if self.siren is None and duplicate.siren:
            known |= {"siren": duplicate.siren, "siret": duplicate.siret or (self.siret or None)}
        if known["siret"] == other.siret and own.siret is None:
            known["siret_since"] = other.siret_since
        return Sheet(**{**known, "public": own.public})

    def fates_of(self, duplicate: "Organisation", *, on: date) -> dict[str, Fate]:
        """Give what would become of what its duplicate says otherwise: taken over, a former number, or set aside."""
        own, other, after = self.sheet, duplicate.sheet, self.completed_by(duplicate)
        former = {str(each.kind) for each in duplicate.left_to(self, on=on)}
        said = {each.name: getattr(other, each.name) for each in fields(Sheet)}
        fates = {}
        for name, value in said.items():
            if value == getattr(own, name) or not (value or name == "public"):
                continue
            kept = Fate.FORMER if name in former else Fate.SET_ASIDE
            fates[name] = Fate.TAKEN_OVER if getattr(after, name) == value else kept
        return fates

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it is reached."""
        return tuple(Address.read(each) for each in self.kept_addresses)

    @property
    def facts(self) -> dict[str, Any]:
        """What is known, by the names that the columns of a register's file have."""
        seat = next((each for each in self.addresses if each.use is AddressUse.SEAT), Address())
        of_seat = {name: getattr(seat, name) for name in ("street", "postal_code", "town")}
        return {
            each.name: getattr(self.sheet, each.name) for each in fields(Sheet) if each.name != "addresses"
        } | of_seat

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

    def ensure_it_is_itself(self) -> None:
        """Refuse what is asked of a duplicate that ended.

        Raises RuleBroken.
        """
        if self.merged_into_id:
            raise RuleBroken(
                f"{self.name} was merged into another organisation on {self.merged_on}: use that one.",
                organisation_id=str(self.merged_into_id),
            )

    def ensure_it_may_sign(self) -> None:
        """Refuse a signature of an organisation that nobody can tell from another.

        Raises RuleBroken.
        """
        self.ensure_it_is_itself()
        if not self.may_sign:
            typed = self.typed_siren or self.typed_siret or "none"
            raise RuleBroken(f"{self.name} has no valid SIREN (typed: {typed}): correct it before it signs.")

    def _tell(self, fact: type[Fact]) -> Fact:
        self.sequence += 1
        return fact(**self._state())

    def _state(self) -> dict[str, Any]:
        told = (each.name for each in fields(OrganisationState) if each.name not in ("organisation_id", "received"))
        return {"organisation_id": self.id, **{name: getattr(self, name) for name in told if hasattr(self, name)}}


def _columns(sheet: Sheet) -> dict[str, Any]:
    said = {each.name: _plain(getattr(sheet, each.name)) for each in fields(Sheet) if each.name != "addresses"}
    read: Identifiers = read_identifiers(said["siren"], said["siret"])
    folded = fold(sheet.name)
    return said | {
        "name": said["name"] or sheet.name,
        "folded_name": folded,
        "trigrams": trigrams(folded),
        "legal_form": said["legal_form"] or label_of(sheet.legal_category),
        "siren": read.siren,
        "siret": read.siret,
        "typed_siren": read.typed_siren,
        "typed_siret": read.typed_siret,
        "identifier_flag": read.flag,
        "kept_addresses": [each.kept() for each in sheet.addresses],
    }


def _plain(value: Any) -> Any:
    return (spaced(value) or None) if isinstance(value, str) else value
