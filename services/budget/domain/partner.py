"""Own copies of what partners announces: organisations' names, and the mandates that allow to move credit."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from services.budget.domain.base import Base


class Act(StrEnum):
    """What this service asks a mandate for; a mandate that moves credit may also commit it."""

    REALLOCATE_CREDIT = "reallocate_credit"
    COMMIT_CREDIT = "commit_credit"


SUFFICES = {
    Act.REALLOCATE_CREDIT: frozenset({"reallocate_credit"}),
    Act.COMMIT_CREDIT: frozenset({"reallocate_credit", "commit_credit"}),
}
PHRASES = {Act.REALLOCATE_CREDIT: "to reallocate credit", Act.COMMIT_CREDIT: "to commit credit"}


class Organisation(Base):
    """An organisation by its present name; a duplicate that ended names the one it was merged into.

    The ledger keeps the funder that each entry was written with: who asks about the one is answered about both.
    """

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    merged_into_id: Mapped[UUID | None] = mapped_column(index=True)


class Mandate(Base):
    """A deliberation; `ceiling` in euros bounds what is moved under it, and what is committed under it."""

    __tablename__ = "mandates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    title: Mapped[str]
    organisation_id: Mapped[UUID]
    organisation_name: Mapped[str]
    enforceable_since: Mapped[date | None]
    authorises: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ceiling: Mapped[Decimal | None]

    def authorise(self, act: Act, amount: Decimal, *, already: Decimal, on: date) -> None:
        """Check that `amount` may be moved or committed under this mandate, where `already` was so before.

        Raises RuleBroken for an act it does not name, before it is enforceable (CGCT L3131-1), or past its ceiling.
        """
        if not SUFFICES[act] & set(self.authorises):
            raise RuleBroken(f"Mandate {self.number} does not authorise {PHRASES[act]}: name one that does.")
        if self.enforceable_since is None or self.enforceable_since > on:
            raise RuleBroken(f"Mandate {self.number} is not enforceable on {on}: wait until it is.")
        if self.ceiling is not None and already + amount > self.ceiling:
            raise RuleBroken(
                f"Mandate {self.number} allows {self.ceiling} €, of which {already} € are used: "
                f"at most {self.ceiling - already} € are left."
            )
