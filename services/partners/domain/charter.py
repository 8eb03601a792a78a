"""The charter: versions of a text, and those who adhered to it."""

from datetime import date
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import RuleBroken
from chassis.identity import Caller
from contracts.partners import CharterSignatureState, CharterSigned, CharterWithdrawn
from services.partners.domain.base import Base
from services.partners.domain.mandate import Act, Mandate, require_mandate
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing import Signing, SigningColumns

Fact = TypeVar("Fact", bound=CharterSignatureState)


class Charter(Base):
    """One version of the charter's text, which never changes; its fingerprint is the SHA-256 of the text in UTF-8."""

    __tablename__ = "charters"
    __table_args__ = (UniqueConstraint("programme_code", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    title: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(init=False)
    published_on: Mapped[date]

    def __post_init__(self) -> None:
        self.fingerprint = sha256(self.text.encode()).hexdigest()

    def sign(
        self,
        id: UUID,
        organisation: Organisation,
        signing: Signing,
        mandate: Mandate | None,
        *,
        today: date,
        by: Caller,
    ) -> tuple["CharterSignature", CharterSigned]:
        """Let an organisation adhere.

        Raises RuleBroken where it has no valid SIREN or lacks the mandate it needs, InvalidInput where another text
        was signed, on a day to come, or without proof, NotFound where the caller may not speak for it.
        """
        signing.ensure_it_is_proven(by, organisation)
        organisation.ensure_it_may_sign()
        signing.ensure_it_fits(fingerprint=self.fingerprint, today=today)
        require_mandate(organisation, mandate, Act.SIGN_CHARTER, on=signing.signed_on, capacity=signing.capacity)
        signature = CharterSignature(
            id=id, charter=self, organisation=organisation, recorded_by=by.subject, **signing.columns()
        )
        return signature, signature._tell(CharterSigned)


class CharterSignature(SigningColumns, Base):
    """One organisation's adherence, with its evidence; one in force per organisation and charter."""

    __tablename__ = "charter_signatures"
    __table_args__ = (
        Index(
            "charter_signatures_in_force",
            "charter_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("withdrawn_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    charter_id: Mapped[UUID] = mapped_column(ForeignKey("charters.id"), init=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), init=False)
    charter: Mapped[Charter] = relationship(lazy="raise", repr=False)
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    withdrawn_on: Mapped[date | None] = mapped_column(default=None)
    withdrawal_reason: Mapped[str | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)

    def __post_init__(self) -> None:
        self.charter_id, self.organisation_id = self.charter.id, self.organisation.id

    def withdraw(self, *, on: date, reason: str) -> CharterWithdrawn:
        """Let the organisation leave; what it signed stays on record.

        Raises RuleBroken where it left already or had not signed by then.
        """
        if self.withdrawn_on is not None:
            raise RuleBroken(f"{self.organisation.name} left the charter on {self.withdrawn_on} already.")
        if on < self.signed_on:
            raise RuleBroken(
                f"{self.organisation.name} signed on {self.signed_on}: it cannot leave on {on}, before that."
            )
        self.withdrawn_on, self.withdrawal_reason = on, reason
        return self._tell(CharterWithdrawn)

    def _tell(self, fact: type[Fact]) -> Fact:
        self.sequence += 1
        return fact(
            charter_signature_id=self.id,
            charter_id=self.charter.id,
            charter_title=self.charter.title,
            charter_version=self.charter.version,
            programme_code=self.charter.programme_code,
            organisation_id=self.organisation.id,
            organisation_name=self.organisation.name,
            signed_on=self.signed_on,
            withdrawn_on=self.withdrawn_on,
            withdrawal_reason=self.withdrawal_reason,
            sequence=self.sequence,
        )
