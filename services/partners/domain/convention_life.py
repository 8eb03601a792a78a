"""The life of a convention: one table of what may happen in which status."""

from enum import StrEnum

from chassis.errors import RuleBroken
from contracts.partners import ConventionStatus as Status


class Verb(StrEnum):
    """What may happen to a convention."""

    CHANGE = "change"
    PROPOSE = "propose"
    SIGN = "sign"
    SIGN_LAST = "sign_last"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    TERMINATE = "terminate"
    COMPLETE = "complete"


LIFE: dict[tuple[Status, Verb], Status] = {
    (Status.DRAFT, Verb.CHANGE): Status.DRAFT,
    (Status.DRAFT, Verb.PROPOSE): Status.PROPOSED,
    (Status.PROPOSED, Verb.SIGN): Status.PARTIALLY_SIGNED,
    (Status.PROPOSED, Verb.REFUSE): Status.REFUSED,
    (Status.PROPOSED, Verb.WITHDRAW): Status.WITHDRAWN,
    (Status.PROPOSED, Verb.EXPIRE): Status.EXPIRED,
    (Status.PARTIALLY_SIGNED, Verb.SIGN): Status.PARTIALLY_SIGNED,
    (Status.PARTIALLY_SIGNED, Verb.SIGN_LAST): Status.IN_FORCE,
    (Status.PARTIALLY_SIGNED, Verb.REFUSE): Status.REFUSED,
    (Status.PARTIALLY_SIGNED, Verb.WITHDRAW): Status.WITHDRAWN,
    (Status.PARTIALLY_SIGNED, Verb.EXPIRE): Status.EXPIRED,
    (Status.IN_FORCE, Verb.TERMINATE): Status.TERMINATED,
    (Status.IN_FORCE, Verb.COMPLETE): Status.COMPLETED,
}

PHRASES: dict[Verb, str] = {
    Verb.CHANGE: "changed",
    Verb.PROPOSE: "proposed",
    Verb.SIGN: "signed",
    Verb.SIGN_LAST: "signed",
    Verb.REFUSE: "refused",
    Verb.WITHDRAW: "withdrawn",
    Verb.EXPIRE: "expired",
    Verb.TERMINATE: "terminated",
    Verb.COMPLETE: "completed",
}

ASKED_BY_NOBODY = frozenset({Verb.SIGN_LAST, Verb.EXPIRE, Verb.COMPLETE})
"""What follows from a signature or from time alone."""


def allowed(status: Status) -> list[Verb]:
    """Give what one may ask for in this status."""
    return [verb for known, verb in LIFE if known is status and verb not in ASKED_BY_NOBODY]


def after(status: Status, verb: Verb, *, name: str) -> Status:
    """Give the status that `verb` leads to.

    Raises RuleBroken, which says what would be allowed.
    """
    following = LIFE.get((status, verb))
    if following is None:
        instead = " or ".join(PHRASES[each] for each in allowed(status))
        may = f"it may be {instead}" if instead else "nothing more can happen to it"
        state = status.value.replace("_", " ")
        raise RuleBroken(f"{name} is {state} and cannot be {PHRASES[verb]}: {may}.", allowed=allowed(status))
    return following
