"""The convention: what several parties promise each other, from draft to its end."""

from dataclasses import asdict
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Computed, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identity import Caller
from chassis.whole import Tree, loading
from contracts.amendments import ConventionAmended
from contracts.partners import (
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionProposed,
    ConventionRefused,
    ConventionSigned,
    ConventionState,
    ConventionStatus,
    ConventionTerminated,
    ConventionWithdrawn,
)
from services.partners.domain.base import Base
from services.partners.domain.bearing import bearing, cash_of
from services.partners.domain.convention_checks import check
from services.partners.domain.convention_life import CONVENTION
from services.partners.domain.convention_parts import (
    ConventionLine,
    ConventionParty,
    ConventionServes,
    ConventionSignature,
    PartyState,
)
from services.partners.domain.convention_terms import ClauseTerms, Known, Terms
from services.partners.domain.life import Verb
from services.partners.domain.mandate import Bearing, Mandate, ensure_it_binds
from services.partners.domain.signing import Signing, ensure_speaks_for, said_before

Fact = TypeVar("Fact", bound=ConventionState)


FOLDED = (
    "translate(replace(replace(lower(coalesce(reference, '') || ' ' || title), 'œ', 'oe'), 'Œ', 'oe'), "
    "'àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝŸ', "
    "'aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyy')"
)
"""Reference and title as a search reads them; computed by the database, which may not know accents' capitals."""


class Convention(Base):
    """A convention; a signature names its `revision`.

    `revision` counts the text's changes, `version` those that needed signatures: a proposal changed in a matter of
    substance, and each amendment; `signed_version` is the one that its own signatures are of. `sequence` counts what
    was announced.
    """

    __tablename__ = "conventions"
    __table_args__ = (
        Index(
            "conventions_running",
            "ends_on",
            postgresql_where=text("status IN ('proposed', 'partially_signed', 'in_force')"),
        ),
        Index("conventions_in_order_of_their_end", "ends_on", "id"),
        Index(
            "conventions_in_order_of_their_early_end",
            "ended_on",
            "id",
            postgresql_where=text("termination_said_on < ended_on"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    illustrative: Mapped[bool]
    fingerprint: Mapped[str]
    parties: Mapped[list[ConventionParty]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=ConventionParty.position
    )
    lines: Mapped[list[ConventionLine]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=ConventionLine.position
    )
    serves: Mapped[list[ConventionServes]] = relationship(
        lazy="raise", repr=False, cascade="all, delete-orphan", order_by=ConventionServes.position
    )
    clauses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default_factory=list)
    signatures: Mapped[list[ConventionSignature]] = relationship(lazy="raise", repr=False, default_factory=list)
    reference: Mapped[str | None] = mapped_column(default=None, unique=True)
    status: Mapped[ConventionStatus] = mapped_column(default=ConventionStatus.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    signed_version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    proposed_on: Mapped[date | None] = mapped_column(default=None)
    in_force_on: Mapped[date | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)
    ended_by: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    termination_said_on: Mapped[date | None] = mapped_column(default=None)
    amendment_number: Mapped[int | None] = mapped_column(default=None)
    amended_on: Mapped[date | None] = mapped_column(default=None)
    folded: Mapped[str] = mapped_column(Computed(FOLDED, persisted=True), init=False, repr=False, deferred=True)

    @classmethod
    def draft(cls, id: UUID, terms: Terms, known: Known) -> "Convention":
        """Write a first text, which only the programme office sees.

        Raises InvalidInput, NotYetKnown.
        """
        check(terms, known)
        return cls(
            id=id,
            programme_code=terms.programme_code,
            title=terms.title,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            illustrative=terms.illustrative,
            fingerprint=terms.fingerprint(),
            parties=[ConventionParty.of(*each, known) for each in enumerate(terms.parties)],
            lines=[ConventionLine.of(*each, known) for each in enumerate(terms.lines)],
            serves=ConventionServes.of(terms, known, {}),
            clauses=[asdict(clause) for clause in terms.clauses],
        )

    def change(self, terms: Terms, known: Known) -> ConventionProposed | None:
        """Replace the text of a draft or of a proposal; None where there is nobody to tell.

        What is of substance in a proposal voids the signatures given, so that everybody signs anew.
        Raises RuleBroken once it is in force or ended, InvalidInput, NotYetKnown.
        """
        terms = terms.with_ids_of(former := self.terms())
        same_matter = terms.same_matter_as(former)
        verb = Verb.CORRECT if same_matter and self._partially_signed else Verb.CHANGE
        following = self._after(verb)
        check(terms, known)
        if terms.fingerprint() == self.fingerprint:
            return None
        if self.status is not ConventionStatus.DRAFT and terms.programme_code != self.programme_code:
            raise RuleBroken(f"{self.name} keeps its programme, which its reference names: withdraw it instead.")
        self.status = following
        self._write(terms, known)
        self.revision += 1
        if self.status is ConventionStatus.DRAFT:
            return None
        if not same_matter:
            self.version = self.signed_version = self.version + 1
        return self._tell(ConventionProposed)

    def terms(self) -> Terms:
        """Give the present text."""
        return Terms(
            programme_code=self.programme_code,
            title=self.title,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            illustrative=self.illustrative,
            parties=tuple(party.terms() for party in self.parties),
            lines=tuple(line.terms() for line in self.lines),
            action_ids=tuple(each.action_id for each in self.serves if each.named),
            clauses=tuple(ClauseTerms(**clause) for clause in self.clauses),
        )

    def amend(self, terms: Terms, known: Known, *, number: int, on: date) -> ConventionAmended:
        """Make the text of an amendment, which all have signed, the convention's new version from a day on.

        Raises RuleBroken.
        """
        self.status = self._after(Verb.AMEND)
        self._write(terms, known, on=on)
        self.version, self.revision = self.version + 1, self.revision + 1
        self.amendment_number, self.amended_on = number, on
        return self._tell(ConventionAmended)

    def _write(self, terms: Terms, known: Known, *, on: date | None = None) -> None:
        """Put the terms into their columns and rows; lines and tranches keep their ids, new actions came `on` a day."""
        added = dict.fromkeys(terms.actions, on) | {each.action_id: each.added_on for each in self.serves}
        self.programme_code, self.title, self.illustrative = terms.programme_code, terms.title, terms.illustrative
        self.starts_on, self.ends_on = terms.starts_on, terms.ends_on
        self.fingerprint = terms.fingerprint()
        self.clauses = [asdict(clause) for clause in terms.clauses]
        self.parties = [ConventionParty.of(*each, known) for each in enumerate(terms.parties)]
        self.serves = ConventionServes.of(terms, known, added)
        self.lines = [ConventionLine.of(*each, known) for each in enumerate(terms.lines)]

    def propose(self, reference: str, *, on: date) -> ConventionProposed:
        """Open it to the parties' signatures, under its reference.

        Raises RuleBroken where its period is over or an action was closed in the meantime.
        """
        following = self._after(Verb.PROPOSE)
        if self.ends_on < on:
            raise RuleBroken(f"{self.name} ended on {self.ends_on}: change its period before proposing it.")
        if closed := [each.action.code for each in self.serves if each.action.closed]:
            raise RuleBroken(f"Action {closed[0]} was closed: take it and its lines out before proposing {self.name}.")
        self.status, self.reference, self.proposed_on = following, reference, on
        self.fingerprint = self.terms().fingerprint()
        return self._tell(ConventionProposed)

    def sign(
        self, organisation_id: UUID, signing: Signing, mandate: Mandate | None, *, today: date, by: Caller
    ) -> list[ConventionState]:
        """Bind one party; the last signature puts the convention in force, the same one said again changes nothing.

        Raises RuleBroken where the party signed otherwise, has no valid SIREN, lacks the mandate it needs, or the life
        of the convention forbids it; NotFound where it is no party or not the caller's to speak for; InvalidInput for
        another text, a day to come, or no proof.
        """
        party = self.party(organisation_id)
        signing.ensure_it_is_proven(by, party.organisation)
        if said_before(self.signature_of(organisation_id), signing, party.organisation):
            return []
        following = self._after(Verb.SIGN)
        self._ensure_running(today)
        derogated = ensure_it_binds(
            signing,
            party.organisation,
            mandate,
            self.bearing(organisation_id),
            fingerprint=self.fingerprint,
            today=today,
        )
        self.signatures.append(
            ConventionSignature(
                organisation_id=organisation_id,
                version=self.version,
                recorded_by=by.subject,
                derogated_from=list(derogated),
                **signing.columns(),
            )
        )
        self.status = following
        return [self._tell(ConventionSigned), *self._enter_into_force()]

    def refuse(self, organisation_id: UUID, reason: str, *, on: date, by: Caller) -> ConventionRefused:
        """Let a party that has not signed say no, which ends the proposal.

        Raises RuleBroken, NotFound where it is no party or the caller may not speak for it.
        """
        ensure_speaks_for(by, organisation_id)
        party = self.party(organisation_id)
        following = self._after(Verb.REFUSE)
        if given := self.signature_of(organisation_id):
            raise RuleBroken(
                f"{party.organisation.name} signed on {given.signed_on}: "
                "only the programme office may still withdraw the proposal."
            )
        self._end(following, on=on, reason=reason, by=organisation_id)
        return self._tell(ConventionRefused)

    def withdraw(self, reason: str, *, on: date) -> ConventionWithdrawn | None:
        """Take a draft or a proposal back; None where nobody had been told of it.

        Raises RuleBroken once all have signed.
        """
        self._end(self._after(Verb.WITHDRAW), on=on, reason=reason)
        return None if self.proposed_on is None else self._tell(ConventionWithdrawn)

    def terminate(self, reason: str, *, on: date, by: UUID | None, today: date) -> ConventionTerminated:
        """End it early, at once or on a day to come; what falls due on that day or later is no longer owed.

        Raises RuleBroken, InvalidInput where that day lies outside the time it was in force or `by` left before,
        NotFound where `by` is no party.
        """
        following = self._after(Verb.TERMINATE)
        if by is not None and (left_on := (party := self.party(by)).left_on):
            gone = f"{party.organisation.name} left on {left_on}: name who ends it, or nobody."
            raise InvalidInput(gone, {"/organisation_id": [gone]})
        since = self.text_in_force_since
        if since is None or not since <= on <= self.ends_on:
            reason_not = (
                f"{self.name} is in force from {since} to {self.ends_on}: it can end early within, not on {on}."
            )
            raise InvalidInput(reason_not, {"/terminated_on": [reason_not]})
        self._end(following, on=on, reason=reason, by=by)
        self.termination_said_on = today
        return self._tell(ConventionTerminated)

    def elapse(self, *, today: date) -> ConventionExpired | ConventionCompleted:
        """End it because its period is over: completed if it was in force, expired if it was still to be signed.

        Raises RuleBroken before that, and where it ended already.
        """
        verb = Verb.COMPLETE if self.status is ConventionStatus.IN_FORCE else Verb.EXPIRE
        following = self._after(verb)
        if today <= self.ends_on:
            raise RuleBroken(f"{self.name} runs until {self.ends_on}.")
        if verb is Verb.COMPLETE:
            self._end(following, on=self.ends_on)
            return self._tell(ConventionCompleted)
        self._end(following, on=self.ends_on, reason="Période échue sans toutes les signatures")
        return self._tell(ConventionExpired)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Convention {self.reference}" if self.reference else f"The draft “{self.title}”"

    @property
    def party_states(self) -> list[PartyState]:
        """The parties as others learn of them, with the evidence of their signatures."""
        signed = [(party, self.signature_of(party.organisation.id)) for party in self.parties]
        return [PartyState(party.published(signature), signature) for party, signature in signed]

    @property
    def allowed(self) -> list[Verb]:
        """What may be asked for now."""
        return CONVENTION.allowed(self.status)

    @property
    def text_in_force_since(self) -> date | None:
        """Since when its present text is in force: since its last amendment, where it was amended."""
        return self.amended_on or self.in_force_on

    def visible_to(self, organisation_id: UUID | None) -> bool:
        """Tell whether an organisation may know of it: a party, once it was proposed. None is whoever sees all.

        A party that left goes on reading what it may still owe, until others change it: of that it reads the texts.
        """
        parties = {party.organisation.id for party in self.parties if not self._changed_since(party.left_on)}
        return organisation_id is None or (self.proposed_on is not None and organisation_id in parties)

    def _changed_since(self, left_on: date | None) -> bool:
        return left_on is not None and self.amended_on is not None and self.amended_on > left_on

    def party(self, organisation_id: UUID) -> ConventionParty:
        """Give a party.

        Raises NotFound.
        """
        for party in self.parties:
            if party.organisation.id == organisation_id:
                return party
        raise NotFound(f"{self.name} has no party {organisation_id}.")

    def bearing(self, organisation_id: UUID) -> Bearing:
        """Give what a party's signature bears on: the other parties, and the cash that it promises itself."""
        return bearing(
            organisation_id,
            on=self.id,
            named=self.reference or self.title,
            between=[party.organisation for party in self.parties],
            amounts=cash_of(organisation_id, self.terms()),
        )

    def signature_of(self, organisation_id: UUID) -> ConventionSignature | None:
        """Give the party's own signature of the convention, in the version that was signed."""
        found = (each for each in self.signatures if each.organisation_id == organisation_id)
        return next((each for each in found if each.version == self.signed_version), None)

    @property
    def amendment_reference(self) -> str | None:
        """What people call its latest amendment in force."""
        return amendment_reference(self.reference, self.amendment_number) if self.amendment_number else None

    @property
    def _partially_signed(self) -> bool:
        return self.status is ConventionStatus.PARTIALLY_SIGNED

    def _after(self, verb: Verb) -> ConventionStatus:
        return CONVENTION.after(self.status, verb, name=self.name)

    def _ensure_running(self, today: date) -> None:
        if today > self.ends_on:
            raise RuleBroken(f"{self.name} ended on {self.ends_on}: nobody can sign it any more.")

    def _enter_into_force(self) -> list[ConventionState]:
        dates = [each.signed_on for party in self.parties if (each := self.signature_of(party.organisation.id))]
        if len(dates) < len(self.parties):
            return []
        self.status, self.in_force_on = self._after(Verb.SIGN_LAST), max(dates)
        return [self._tell(ConventionEnteredIntoForce)]

    def _end(self, status: ConventionStatus, *, on: date, reason: str | None = None, by: UUID | None = None) -> None:
        self.status, self.ended_on, self.reason, self.ended_by = status, on, reason, by

    def _tell(self, fact: type[Fact]) -> Fact:
        self.sequence += 1
        return fact(
            convention_id=self.id,
            reference=self.reference or "",
            title=self.title,
            programme_code=self.programme_code,
            version=self.version,
            status=self.status,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            parties=tuple(each.party for each in self.party_states),
            lines=tuple(line.published() for line in self.lines),
            illustrative=self.illustrative,
            proposed_on=self.proposed_on,
            in_force_on=self.in_force_on,
            ended_on=self.ended_on,
            ended_by=self.ended_by,
            reason=self.reason,
            actions=tuple(each.published() for each in self.serves),
            amendment_number=self.amendment_number,
            amendment_reference=self.amendment_reference,
            amended_on=self.amended_on,
            sequence=self.sequence,
        )


def amendment_reference(reference: str | None, number: int) -> str:
    """Write what people call an amendment: SUN-2017-014 avenant n° 1."""
    return f"{reference} avenant n° {number}"


ALONG: Tree = {
    Convention.parties: {ConventionParty.organisation: {}},
    Convention.lines: {ConventionLine.organisation: {}, ConventionLine.action: {}, ConventionLine.tranches: {}},
    Convention.serves: {ConventionServes.action: {}},
    Convention.signatures: {},
}
"""What is read along with a convention: everything it does and tells needs all of it."""

WHOLE = loading(ALONG)
