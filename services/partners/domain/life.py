"""Lives: one table of what may happen in which status, and refusals that say what would be allowed instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from chassis.errors import RuleBroken

S = TypeVar("S", bound=StrEnum)


class Verb(StrEnum):
    """What may happen to a convention or to an amendment."""

    CHANGE = "change"
    CORRECT = "correct"
    PROPOSE = "propose"
    SIGN = "sign"
    SIGN_LAST = "sign_last"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    AMEND = "amend"
    TAKE_EFFECT = "take_effect"
    TERMINATE = "terminate"
    COMPLETE = "complete"


PHRASES: dict[Verb, str] = {
    Verb.CHANGE: "changed",
    Verb.CORRECT: "corrected",
    Verb.PROPOSE: "proposed",
    Verb.SIGN: "signed",
    Verb.SIGN_LAST: "signed",
    Verb.REFUSE: "refused",
    Verb.WITHDRAW: "withdrawn",
    Verb.EXPIRE: "expired",
    Verb.AMEND: "amended",
    Verb.TAKE_EFFECT: "put in force",
    Verb.TERMINATE: "terminated",
    Verb.COMPLETE: "completed",
}

ASKED_BY_NOBODY = frozenset({Verb.CORRECT, Verb.SIGN_LAST, Verb.EXPIRE, Verb.TAKE_EFFECT, Verb.COMPLETE})
"""What follows from a signature, from time, or from how much was changed."""


@dataclass(frozen=True)
class Life(Generic[S]):
    """What may happen in each status, and the status that it leads to."""

    steps: Mapping[tuple[S, Verb], S]

    def allowed(self, status: S) -> list[Verb]:
        """Give what one may ask for in this status."""
        return [verb for known, verb in self.steps if known is status and verb not in ASKED_BY_NOBODY]

    def after(self, status: S, verb: Verb, *, name: str) -> S:
        """Give the status that `verb` leads to.

        Raises RuleBroken, which says what would be allowed.
        """
        following = self.steps.get((status, verb))
        if following is None:
            instead = " or ".join(PHRASES[each] for each in self.allowed(status))
            may = f"it may be {instead}" if instead else "nothing more can happen to it"
            state = status.value.replace("_", " ")
            raise RuleBroken(f"{name} is {state} and cannot be {PHRASES[verb]}: {may}.", allowed=self.allowed(status))
        return following
