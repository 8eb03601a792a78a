"""The amendment: what changes in a convention in force, signed by all whom it was or will be between."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID

from marshmallow_dataclass import class_schema
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.events import StateSchema
from chassis.identity import Caller
from contracts.amendments import (
    AmendmentEnteredIntoForce,
    AmendmentExpired,
    AmendmentProposed,
    AmendmentRefused,
    AmendmentSigned,
    AmendmentState,
    AmendmentStatus,
    AmendmentWithdrawn,
    ConventionAmended,
    Difference,
)
from contracts.partners import Party, PartyRole
from services.partners.domain.amendment_changes import Change, amended
from services.partners.domain.amendment_differences import differences_of
from services.partners.domain.base import Base
from services.partners.domain.bearing import bearing, cash_added
from services.partners.domain.convention import WHOLE as CONVENTION_WHOLE
from services.partners.domain.convention import Convention, amendment_reference
from services.partners.domain.convention_life import AMENDMENT, CONVENTION
from services.partners.domain.convention_parts import PartyState
from services.partners.domain.convention_terms import Known, PartyTerms, Terms, canonical, digest
from services.partners.domain.life import Verb
from services.partners.domain.mandate import Bearing, Mandate, ensure_it_binds
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing import (
    Signing,
    SigningColumns,
    ensure_speaks_for,
    said_before,
)

Fact = TypeVar("Fact", bound=AmendmentState)
_DIFFERENCE = class_schema(Difference, base_schema=StateSchema)()

CONVENTION_ENDED = "La convention a pris fin"
"""Why an amendment expires."""
OPEN = (AmendmentStatus.DRAFT, AmendmentStatus.PROPOSED, AmendmentStatus.PARTIALLY_SIGNED, AmendmentStatus.SIGNED)
"""An amendment that may still take effect; a convention has one at most."""


class AmendmentSignature(SigningColumns, Base):
    """One party's signature of one revision of an amendment."""

    __tablename__ = "amendment_signatures"

    amendment_id: Mapped[UUID] = mapped_column(ForeignKey("amendments.id"), primary_key=True, init=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)


class AmendmentParty(Base):
    """One that signs the amendment: a party that stays, joins or leaves."""

    __tablename__ = "amendment_parties"

    amendment_id: Mapped[UUID] = mapped_column(ForeignKey("amendments.id"), primary_key=True, init=False)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True, index=True, init=False
    )
    position: Mapped[int]
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    role: Mapped[PartyRole]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"))
    mandate_number: Mapped[str | None]
    joins: Mapped[bool]
    leaves: Mapped[bool]

    def __post_init__(self) -> None:
        self.organisation_id = self.organisation.id

    @classmethod
    def of(cls, position: int, terms: PartyTerms, former: Terms, known: Known) -> "AmendmentParty":
        """Seat one that signs; `former` is the text before."""
        before = former.party(terms.organisation_id)
        return cls(
            position=position,
            organisation=known.organisations[terms.organisation_id],
            role=terms.role,
            mandate_id=terms.mandate_id,
            mandate_number=terms.mandate_number,
            joins=before is None or before.left_on is not None,
            leaves=terms.left_on is not None,
        )

    def published(self, signature: AmendmentSignature | None, *, on: date) -> Party:
        """Give what others learn of it; the mandate it signed under stands before the one it announced."""
        source = signature if signature and (signature.mandate_id or signature.mandate_number) else self
        return Party(
            organisation_id=self.organisation.id,
            name=self.organisation.name,
            role=self.role,
            signed_on=signature.signed_on if signature else None,
            mandate_id=source.mandate_id,
            mandate_number=source.mandate_number,
            joined_on=on if self.joins else None,
            left_on=on if self.leaves else None,
        )


class Amendment(Base):
    """An amendment; a signature names its `revision`, which counts the text's changes.

    `amends_version` is the convention's version that it changes. Its number is given when it is proposed.
    """

    __tablename__ = "amendments"
    __table_args__ = (
        UniqueConstraint("convention_id", "number"),
        Index(
            "amendments_open",
            "convention_id",
            unique=True,
            postgresql_where=sql("status IN ('draft', 'proposed', 'partially_signed', 'signed')"),
        ),
        Index("amendments_awaiting", "effective_on", postgresql_where=sql("status = 'signed'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    convention_id: Mapped[UUID] = mapped_column(ForeignKey("conventions.id"), index=True, init=False)
    convention: Mapped[Convention] = relationship(lazy="raise", repr=False)
    amends_version: Mapped[int]
    title: Mapped[str]
    effective_on: Mapped[date]
    said_changes: Mapped[list[dict[str, Any]]] = mapped_column("changes", JSONB)
    said_differences: Mapped[list[dict[str, Any]]] = mapped_column("differences", JSONB)
    text: Mapped[str]
    fingerprint: Mapped[str]
    parties: Mapped[list[AmendmentParty]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=AmendmentParty.position
    )
    signatures: Mapped[list[AmendmentSignature]] = relationship(lazy="raise", repr=False, default_factory=list)
    number: Mapped[int | None] = mapped_column(default=None)
    status: Mapped[AmendmentStatus] = mapped_column(default=AmendmentStatus.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    proposed_on: Mapped[date | None] = mapped_column(default=None)
    in_force_on: Mapped[date | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)
    ended_by: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)

    def __post_init__(self) -> None:
        self.convention_id = self.convention.id

    @classmethod
    def draft(
        cls,
        id: UUID,
        convention: Convention,
        *,
        title: str,
        effective_on: date,
        changes: Sequence[Change],
        known: Known,
    ) -> "Amendment":
        """Write a first text, which only the programme office sees; the changes were checked.

        Raises RuleBroken where the convention is not in force.
        """
        CONVENTION.after(convention.status, Verb.AMEND, name=convention.name)
        amendment = cls(
            id=id,
            convention=convention,
            amends_version=convention.version,
            title=title,
            effective_on=effective_on,
            said_changes=[],
            said_differences=[],
            text="",
            fingerprint="",
            parties=[],
        )
        amendment._write(title, effective_on, changes, known)
        return amendment

    def change(
        self, *, title: str, effective_on: date, changes: Sequence[Change], known: Known
    ) -> AmendmentProposed | None:
        """Replace the text of a draft or a proposal, which voids the signatures given; None where nobody is to be told.

        Raises RuleBroken once all have signed or it ended.
        """
        following, fingerprint = self._after(Verb.CHANGE), self.fingerprint
        self._write(title, effective_on, changes, known)
        if self.fingerprint == fingerprint:
            return None
        self.status, self.revision = following, self.revision + 1
        return None if following is AmendmentStatus.DRAFT else self._tell(AmendmentProposed)

    def propose(self, number: int, *, on: date) -> AmendmentProposed:
        """Open it to signatures, under its number.

        Raises RuleBroken, also where the convention has another version by now or is no longer in force.
        """
        following = self._after(Verb.PROPOSE)
        self._ensure_it_fits(on)
        self.status, self.number, self.proposed_on = following, number, on
        self._fix()
        return self._tell(AmendmentProposed)

    def sign(
        self, organisation_id: UUID, signing: Signing, mandate: Mandate | None, *, today: date, by: Caller
    ) -> list[AmendmentState]:
        """Bind one party; once all have signed it awaits its day; the same signature said again changes nothing.

        Raises RuleBroken, NotFound where it is no party or the caller may not speak for it, InvalidInput for
        another text, a day to come or after the end that it brings, or no proof.
        """
        party = self.party(organisation_id)
        signing.ensure_it_is_proven(by, party.organisation)
        if said_before(self.signature_of(organisation_id), signing, party.organisation):
            return []
        following = self._after(Verb.SIGN)
        self._ensure_it_fits(today)
        self._ensure_it_has_not_ended(signing.signed_on)
        derogated = ensure_it_binds(
            signing,
            party.organisation,
            mandate,
            self.bearing(organisation_id),
            fingerprint=self.fingerprint,
            today=today,
        )
        self.signatures.append(
            AmendmentSignature(
                organisation_id=organisation_id,
                revision=self.revision,
                recorded_by=by.subject,
                derogated_from=list(derogated),
                **signing.columns(),
            )
        )
        self.status = following
        if len(self._signed_days()) == len(self.parties):
            self.status = self._after(Verb.SIGN_LAST)
        return [self._tell(AmendmentSigned)]

    def refuse(self, organisation_id: UUID, reason: str, *, on: date, by: Caller) -> AmendmentRefused:
        """Let a party that has not signed say no, which ends the amendment; the convention stays as it is.

        Raises RuleBroken, NotFound where it is no party or the caller may not speak for it.
        """
        ensure_speaks_for(by, organisation_id)
        party = self.party(organisation_id)
        following = self._after(Verb.REFUSE)
        if given := self.signature_of(organisation_id):
            raise RuleBroken(
                f"{party.organisation.name} signed on {given.signed_on}: "
                "only the programme office may still withdraw the amendment."
            )
        self._end(following, on=on, reason=reason, by=organisation_id)
        return self._tell(AmendmentRefused)

    def withdraw(self, reason: str, *, on: date) -> AmendmentWithdrawn | None:
        """Take it back; None where nobody had been told of it.

        Raises RuleBroken once all have signed.
        """
        self._end(self._after(Verb.WITHDRAW), on=on, reason=reason)
        return None if self.number is None else self._tell(AmendmentWithdrawn)

    def expire(self, *, on: date) -> AmendmentExpired | None:
        """End it with its convention; None where nobody had been told of it."""
        self._end(self._after(Verb.EXPIRE), on=on, reason=CONVENTION_ENDED)
        return None if self.number is None else self._tell(AmendmentExpired)

    def due(self, today: date) -> bool:
        """Tell whether all have signed and its day has come."""
        return self.status is AmendmentStatus.SIGNED and self.effective_on <= today

    def take_effect(self, known: Known) -> tuple[AmendmentEnteredIntoForce, ConventionAmended]:
        """Make the convention's new version: from its day on, or from the last signature if that came later.

        What all have signed is not questioned again, whatever happened to actions and other conventions meanwhile.
        """
        following = self._after(Verb.TAKE_EFFECT)
        self._ensure_version()
        on = max([self.effective_on, *self._signed_days()])
        self.status, self.in_force_on = following, on
        terms = amended(self.convention.terms(), self.changes, on=on)
        changed = self.convention.amend(terms, known, number=cast(int, self.number), on=on)
        return self._tell(AmendmentEnteredIntoForce), changed

    @property
    def changes(self) -> list[Change]:
        """What it changes, as it was said."""
        return [Change.read(each) for each in self.said_changes]

    @property
    def differences(self) -> list[Difference]:
        """What changes, from what to what."""
        return [cast(Difference, _DIFFERENCE.load(each)) for each in self.said_differences]

    @property
    def after(self) -> Terms:
        """The text that would follow; meaningful while it is open."""
        return amended(self.convention.terms(), self.changes, on=self.effective_on)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Amendment {self.reference}" if self.reference else f"The draft amendment “{self.title}”"

    @property
    def reference(self) -> str | None:
        """What people write: SUN-2017-014 avenant n° 1."""
        return amendment_reference(self.convention.reference, self.number) if self.number else None

    @property
    def party_states(self) -> list[PartyState]:
        """Those who sign, as others learn of them, with the evidence of their signatures."""
        signed = [(party, self.signature_of(party.organisation.id)) for party in self.parties]
        on = self.in_force_on or self.effective_on
        return [PartyState(party.published(signature, on=on), signature) for party, signature in signed]

    @property
    def allowed(self) -> list[Verb]:
        """What may be asked for now."""
        return AMENDMENT.allowed(self.status)

    def visible_to(self, organisation_id: UUID | None) -> bool:
        """Tell whether an organisation may know of it: one that signs, once proposed. None is whoever sees all."""
        parties = {party.organisation.id for party in self.parties}
        return organisation_id is None or (self.number is not None and organisation_id in parties)

    def party(self, organisation_id: UUID) -> AmendmentParty:
        """Give one that signs.

        Raises NotFound.
        """
        for party in self.parties:
            if party.organisation.id == organisation_id:
                return party
        raise NotFound(f"{self.name} is not signed by {organisation_id}.")

    def signature_of(self, organisation_id: UUID) -> AmendmentSignature | None:
        """Give a party's signature of the present text."""
        found = (each for each in self.signatures if each.organisation_id == organisation_id)
        return next((each for each in found if each.revision == self.revision), None)

    def bearing(self, organisation_id: UUID) -> Bearing:
        """Give what a signature bears on: the other parties, and the cash that it promises more than before."""
        return bearing(
            organisation_id,
            on=self.id,
            named=self.reference or self.title,
            between=[party.organisation for party in self.parties],
            amounts=cash_added(organisation_id, self.convention.terms(), self.after),
        )

    def _write(self, title: str, effective_on: date, changes: Sequence[Change], known: Known) -> None:
        former = self.convention.terms()
        after = amended(former, changes, on=effective_on)
        there = {party.organisation_id for party in former.parties if party.left_on is None}
        signing = [each for each in after.parties if each.left_on is None or each.organisation_id in there]
        self.title, self.effective_on, self.amends_version = title, effective_on, self.convention.version
        self.said_changes = [change.told() for change in changes]
        found = differences_of(former, changes, known, on=effective_on)
        self.said_differences = [_DIFFERENCE.dump(each) for each in found]
        self.parties = [AmendmentParty.of(*each, former, known) for each in enumerate(signing)]
        self._fix()

    def _fix(self) -> None:
        """Take the fingerprint of what is signed: the changes, and the text in force that they change."""
        amends = {"reference": self.convention.reference, "version": self.amends_version}
        amends["fingerprint"] = self.convention.fingerprint
        said = {"number": self.number, "title": self.title, "effective_on": self.effective_on}
        self.text = canonical({**said, "amends": amends, "changes": self.said_changes})
        self.fingerprint = digest(self.text)

    def _signed_days(self) -> list[date]:
        return [each.signed_on for party in self.parties if (each := self.signature_of(party.organisation.id))]

    def _ensure_it_fits(self, today: date) -> None:
        CONVENTION.after(self.convention.status, Verb.AMEND, name=self.convention.name)
        self._ensure_version()
        if today > self.convention.ends_on:
            raise RuleBroken(f"{self.convention.name} ended on {self.convention.ends_on}: nothing changes any more.")

    def _ensure_it_has_not_ended(self, signed_on: date) -> None:
        """Refuse a signature after the end that it brings: it takes effect on that day at the earliest."""
        if signed_on > (end := self.after.ends_on):
            too_late = f"{self.name} lets the convention end on {end}: it cannot be signed on {signed_on}, after that."
            raise InvalidInput(too_late, {"/signed_on": [too_late]})

    def _ensure_version(self) -> None:
        if self.convention.version != self.amends_version:
            raise RuleBroken(
                f"{self.name} changes version {self.amends_version} of {self.convention.name}, which has version "
                f"{self.convention.version} by now: write it anew."
            )

    def _after(self, verb: Verb) -> AmendmentStatus:
        return AMENDMENT.after(self.status, verb, name=self.name)

    def _end(self, status: AmendmentStatus, *, on: date, reason: str, by: UUID | None = None) -> None:
        self.status, self.ended_on, self.reason, self.ended_by = status, on, reason, by

    def _tell(self, fact: type[Fact]) -> Fact:
        self.sequence += 1
        return fact(
            amendment_id=self.id,
            convention_id=self.convention_id,
            convention_reference=self.convention.reference or "",
            number=cast(int, self.number),
            reference=self.reference or "",
            title=self.title,
            programme_code=self.convention.programme_code,
            status=self.status,
            effective_on=self.effective_on,
            fingerprint=self.fingerprint,
            parties=tuple(each.party for each in self.party_states),
            differences=tuple(self.differences),
            proposed_on=self.proposed_on,
            in_force_on=self.in_force_on,
            ended_on=self.ended_on,
            ended_by=self.ended_by,
            reason=self.reason,
            sequence=self.sequence,
        )


WHOLE = (
    joinedload(Amendment.convention),
    selectinload(Amendment.parties).joinedload(AmendmentParty.organisation),
    selectinload(Amendment.signatures),
)
"""What is read along with an amendment."""
WITH_CONVENTION = (*WHOLE[1:], joinedload(Amendment.convention).options(*CONVENTION_WHOLE))
"""What is read along with an amendment to change it: all of its convention, too."""
