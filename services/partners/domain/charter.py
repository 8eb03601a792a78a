"""The charter: versions of a text, and those who adhered to it.

A new version asks for adherence again only when it is material: when it changes what a signatory commits to or may
do, that is who sits and how votes count, duties, money, duration, or how one leaves. Wording, spelling, names and
addresses are not. Whoever publishes judges, and the judgement is kept with the version.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput, RuleBroken
from chassis.identity import Caller
from contracts.partners import (
    CharterLapsed,
    CharterSignatureState,
    CharterSigned,
    CharterVersionPublished,
    CharterWithdrawn,
)
from services.partners.domain.authorisation import Act, Bearing
from services.partners.domain.base import Base
from services.partners.domain.mandate import Mandate, ensure_it_binds
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing import Signing, SigningColumns

Fact = TypeVar("Fact", bound=CharterSignatureState)


@dataclass(frozen=True, kw_only=True)
class CharterText:
    """What one publishes: the text and, from the second version on, whether it is material and why.

    `adhere_by` is the last day on which an earlier adherence counts without a new one.
    """

    title: str
    text: str
    material: bool | None = None
    judgement: str | None = None
    adhere_by: date | None = None

    def check(self, *, on: date) -> None:
        """Refuse a later version without a judgement on it.

        Raises InvalidInput.
        """
        wrong = {
            "/material": (self.material is None, "Say whether it changes what a signatory commits to or may do."),
            "/judgement": (self.judgement is None, "Say why it is material, or why it is not."),
            "/adhere_by": (
                (self.adhere_by is None or self.adhere_by <= on) if self.material else self.adhere_by is not None,
                "Give a day to come until when one adheres again."
                if self.material
                else "Nobody adheres again: no day.",
            ),
        }
        errors = {pointer: [what] for pointer, (so, what) in wrong.items() if so}
        if errors:
            raise InvalidInput("A later version says whether it is material, why, and until when one adheres.", errors)


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
    material: Mapped[bool] = mapped_column(default=True)
    judgement: Mapped[str | None] = mapped_column(default=None)
    judged_by: Mapped[str | None] = mapped_column(default=None)
    adhere_by: Mapped[date | None] = mapped_column(default=None)

    def __post_init__(self) -> None:
        self.fingerprint = sha256(self.text.encode()).hexdigest()

    @classmethod
    def publish(
        cls, id: UUID, said: CharterText, *, programme_code: str, previous: "Charter | None", on: date, by: str
    ) -> tuple["Charter", CharterVersionPublished]:
        """Publish a programme's first text, or its next version with the judgement on it.

        Raises InvalidInput, RuleBroken for the text that is there already.
        """
        charter = cls(
            id=id,
            programme_code=programme_code,
            title=said.title,
            version=previous.version + 1 if previous else 1,
            text=said.text,
            published_on=on,
        )
        if previous is not None:
            said.check(on=on)
            if (previous.text, previous.title) == (said.text, said.title):
                raise RuleBroken(f"Version {previous.version} says exactly this: publish what differs.")
            charter.material, charter.judgement = bool(said.material), said.judgement
            charter.judged_by, charter.adhere_by = by, said.adhere_by
        return charter, CharterVersionPublished(
            charter_id=id,
            programme_code=programme_code,
            title=charter.title,
            version=charter.version,
            published_on=on,
            material=charter.material,
            judgement=charter.judgement,
            adhere_by=charter.adhere_by,
            sequence=1,
        )

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
        was signed, on a day to come, before a later version was published, or without proof, NotFound where the caller
        may not speak for it.
        """
        self._ensure_it_was_published(signing.signed_on)
        signing.ensure_it_is_proven(by, organisation)
        bearing = Bearing(act=Act.SIGN_CHARTER, subject_id=id, subject_name=f"{self.title}, version {self.version}")
        derogated = ensure_it_binds(signing, organisation, mandate, bearing, fingerprint=self.fingerprint, today=today)
        signature = CharterSignature(
            id=id,
            charter=self,
            organisation=organisation,
            recorded_by=by.subject,
            derogated_from=list(derogated),
            **signing.columns(),
        )
        return signature, signature._tell(CharterSigned)

    def _ensure_it_was_published(self, on: date) -> None:
        """Refuse a later version's signature from before it was published; the first may be older than the register."""
        if self.version > 1 and on < self.published_on:
            too_early = f"Version {self.version} was published on {self.published_on}: nobody signed it before."
            raise InvalidInput(too_early, {"/signed_on": [too_early]})

    def ensure_it_asks(self, *, asks_since: int, held: "CharterSignature | None") -> None:
        """Refuse a signature that nothing asks for: of a replaced text, or beside an adherence that still counts.

        `asks_since` is the programme's latest material version, `held` what the organisation adheres by now.
        Raises RuleBroken.
        """
        if self.version < asks_since:
            raise RuleBroken(f"Version {asks_since} changed what one commits to: adhere to that one or a later one.")
        if held is not None and held.charter.version >= asks_since:
            raise RuleBroken(
                f"{held.organisation.name} adheres already, by its signature of version {held.charter.version} on "
                f"{held.signed_on}: version {self.version} asks nothing new of it."
            )


class CharterSignature(SigningColumns, Base):
    """One organisation's adherence, with its evidence; one in force per organisation and programme."""

    __tablename__ = "charter_signatures"
    __table_args__ = (
        Index(
            "charter_signatures_in_force",
            "charter_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("withdrawn_on IS NULL AND lapsed_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    charter_id: Mapped[UUID] = mapped_column(ForeignKey("charters.id"), init=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), init=False, index=True)
    charter: Mapped[Charter] = relationship(lazy="raise", repr=False)
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    withdrawn_on: Mapped[date | None] = mapped_column(default=None)
    withdrawal_reason: Mapped[str | None] = mapped_column(default=None)
    lapsed_on: Mapped[date | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)

    def __post_init__(self) -> None:
        self.charter_id, self.organisation_id = self.charter.id, self.organisation.id

    def withdraw(self, *, on: date, reason: str, today: date) -> CharterWithdrawn:
        """Let the organisation leave; what it signed stays on record.

        Raises RuleBroken where it left already, InvalidInput where it had not signed by then or for a day to come.
        """
        if self.withdrawn_on is not None:
            raise RuleBroken(f"{self.organisation.name} left the charter on {self.withdrawn_on} already.")
        if on < self.signed_on:
            too_early = f"{self.organisation.name} signed on {self.signed_on}: it cannot leave on {on}, before that."
            raise InvalidInput(too_early, {"/withdrawn_on": [too_early]})
        if on > today:
            too_soon = f"Nobody has left on {on} yet: today is {today}, record it once that day has come."
            raise InvalidInput(too_soon, {"/withdrawn_on": [too_soon]})
        self.withdrawn_on, self.withdrawal_reason = on, reason
        return self._tell(CharterWithdrawn)

    def lapse(self, *, on: date) -> CharterLapsed:
        """Let a material new version take its place: the seat it gave closes on that day and stays on record."""
        self.lapsed_on = max(on, self.signed_on)
        return self._tell(CharterLapsed)

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
            lapsed_on=self.lapsed_on,
            sequence=self.sequence,
        )
