"""How a signature was given: who, in what capacity, on which day, on which text, with what proof."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identity import Caller, Role
from contracts.partners import SignatureLevel
from services.partners.domain.organisation import Organisation

MADE_ELSEWHERE = frozenset({SignatureLevel.IMAGE, SignatureLevel.CERTIFICATE, SignatureLevel.QUALIFIED})
"""Signatures that another tool made: nothing here proves them, so one says where their proof is."""


@dataclass(frozen=True, kw_only=True)
class Signing:
    """The facts of a signature; two equal ones are the same signature said twice.

    `fingerprint` is that of the text signed; `evidence` says where the proof is kept, `proof_fingerprint` is the
    SHA-256 of its file; `on_behalf_of` is in whose place the signatory signed. A derogation is the decision by which a
    signature stands that its mandate does not cover: its document, who decided it when, and why. It records and does
    not pretend to be a qualified signature service.
    """

    signed_on: date
    signatory_name: str
    capacity: str
    level: SignatureLevel
    fingerprint: str
    evidence: str | None = None
    mandate_id: UUID | None = None
    mandate_number: str | None = None
    on_behalf_of: str | None = None
    proof_fingerprint: str | None = None
    derogation_document: str | None = None
    derogation_decided_by: str | None = None
    derogation_decided_on: date | None = None
    derogation_reason: str | None = None

    def ensure_it_fits(self, *, fingerprint: str, today: date) -> None:
        """Refuse a signature of another text, of a day to come, or by a derogation that is still to be decided.

        Raises InvalidInput.
        """
        if self.fingerprint != fingerprint:
            raise InvalidInput(
                f"Another text was signed: this one's fingerprint is {fingerprint}.",
                {"/fingerprint": ["It is not the fingerprint of this text."]},
            )
        if self.signed_on > today:
            raise InvalidInput(
                f"Nobody has signed on {self.signed_on} yet: today is {today}.",
                {"/signed_on": ["It lies in the future."]},
            )
        if self.derogation_decided_on is not None and self.derogation_decided_on > today:
            raise InvalidInput(
                f"No derogation was decided on {self.derogation_decided_on} yet: today is {today}.",
                {"/derogation/decided_on": ["It lies in the future."]},
            )

    def ensure_it_is_proven(self, by: Caller, organisation: Organisation) -> None:
        """Refuse a signature said for somebody else without saying where its proof is.

        Who calls speaks for the organisation they act for, the programme office for the authority where they belong to
        it; whoever else signed did so on paper or in another tool. Only the programme office records a derogation.
        Raises NotFound for a partner that speaks for another, InvalidInput.
        """
        ensure_speaks_for(by, organisation.id)
        if self.derogation_document is not None and by.role is Role.PARTNER:
            raise InvalidInput(
                "The programme office records a derogation: send it the decision.",
                {"/derogation": ["Recorded by the programme office."]},
            )
        if self.evidence is None and self.level in MADE_ELSEWHERE:
            raise InvalidInput(
                f"A signature by {self.level} was made elsewhere: say where its proof is kept.",
                {"/evidence": ["Needed for a signature made in another tool."]},
            )
        if self.evidence is None and by.organisation_id != organisation.id:
            raise InvalidInput(
                f"Say where the proof of {organisation.name}’s signature is kept.",
                {"/evidence": ["Needed for a signature recorded for somebody else."]},
            )

    def columns(self) -> dict[str, Any]:
        """Give the facts by column of `SigningColumns`."""
        return dict(vars(self))


def ensure_speaks_for(by: Caller, organisation_id: UUID) -> None:
    """Refuse a partner that speaks for another organisation.

    Raises NotFound: it may not know what the other is party to.
    """
    if by.role is Role.PARTNER and by.organisation_id != organisation_id:
        raise NotFound("You speak for your own organisation alone.")


def said_before(given: "SigningColumns | None", signing: Signing, who: Organisation) -> bool:
    """Tell whether an organisation gave this very signature already.

    Raises RuleBroken where it signed otherwise.
    """
    if given is None:
        return False
    if given.signing != signing:
        raise RuleBroken(f"{who.name} signed on {given.signed_on} already, otherwise than now said.")
    return True


class SigningColumns(MappedAsDataclass, kw_only=True):
    """The columns of a table of signatures."""

    signed_on: Mapped[date]
    signatory_name: Mapped[str]
    capacity: Mapped[str]
    level: Mapped[SignatureLevel]
    fingerprint: Mapped[str]
    evidence: Mapped[str | None]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"))
    mandate_number: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    proof_fingerprint: Mapped[str | None]
    derogation_document: Mapped[str | None]
    derogation_decided_by: Mapped[str | None]
    derogation_decided_on: Mapped[date | None]
    derogation_reason: Mapped[str | None]
    derogated_from: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    """What the mandate lacked, in the words of the refusal that the derogation stood against."""
    recorded_by: Mapped[str]

    @property
    def signing(self) -> Signing:
        """The facts of this signature."""
        return Signing(**{each.name: getattr(self, each.name) for each in fields(Signing)})
