"""The lives of a convention and of an amendment, each one table; `docs/conventions.md` is drawn from them."""

from contracts.amendments import AmendmentStatus as Amended
from contracts.partners import ConventionStatus as Status
from services.partners.domain.life import Life, Verb

CONVENTION: Life[Status] = Life(
    {
        (Status.DRAFT, Verb.CHANGE): Status.DRAFT,
        (Status.DRAFT, Verb.PROPOSE): Status.PROPOSED,
        (Status.DRAFT, Verb.WITHDRAW): Status.WITHDRAWN,
        (Status.PROPOSED, Verb.CHANGE): Status.PROPOSED,
        (Status.PROPOSED, Verb.SIGN): Status.PARTIALLY_SIGNED,
        (Status.PROPOSED, Verb.REFUSE): Status.REFUSED,
        (Status.PROPOSED, Verb.WITHDRAW): Status.WITHDRAWN,
        (Status.PROPOSED, Verb.EXPIRE): Status.EXPIRED,
        (Status.PARTIALLY_SIGNED, Verb.CHANGE): Status.PROPOSED,
        (Status.PARTIALLY_SIGNED, Verb.CORRECT): Status.PARTIALLY_SIGNED,
        (Status.PARTIALLY_SIGNED, Verb.SIGN): Status.PARTIALLY_SIGNED,
        (Status.PARTIALLY_SIGNED, Verb.SIGN_LAST): Status.IN_FORCE,
        (Status.PARTIALLY_SIGNED, Verb.REFUSE): Status.REFUSED,
        (Status.PARTIALLY_SIGNED, Verb.WITHDRAW): Status.WITHDRAWN,
        (Status.PARTIALLY_SIGNED, Verb.EXPIRE): Status.EXPIRED,
        (Status.IN_FORCE, Verb.AMEND): Status.IN_FORCE,
        (Status.IN_FORCE, Verb.TERMINATE): Status.TERMINATED,
        (Status.IN_FORCE, Verb.COMPLETE): Status.COMPLETED,
    }
)

AMENDMENT: Life[Amended] = Life(
    {
        (Amended.DRAFT, Verb.CHANGE): Amended.DRAFT,
        (Amended.DRAFT, Verb.PROPOSE): Amended.PROPOSED,
        (Amended.DRAFT, Verb.WITHDRAW): Amended.WITHDRAWN,
        (Amended.DRAFT, Verb.EXPIRE): Amended.EXPIRED,
        (Amended.PROPOSED, Verb.CHANGE): Amended.PROPOSED,
        (Amended.PROPOSED, Verb.SIGN): Amended.PARTIALLY_SIGNED,
        (Amended.PROPOSED, Verb.REFUSE): Amended.REFUSED,
        (Amended.PROPOSED, Verb.WITHDRAW): Amended.WITHDRAWN,
        (Amended.PROPOSED, Verb.EXPIRE): Amended.EXPIRED,
        (Amended.PARTIALLY_SIGNED, Verb.CHANGE): Amended.PROPOSED,
        (Amended.PARTIALLY_SIGNED, Verb.SIGN): Amended.PARTIALLY_SIGNED,
        (Amended.PARTIALLY_SIGNED, Verb.SIGN_LAST): Amended.SIGNED,
        (Amended.PARTIALLY_SIGNED, Verb.REFUSE): Amended.REFUSED,
        (Amended.PARTIALLY_SIGNED, Verb.WITHDRAW): Amended.WITHDRAWN,
        (Amended.PARTIALLY_SIGNED, Verb.EXPIRE): Amended.EXPIRED,
        (Amended.SIGNED, Verb.TAKE_EFFECT): Amended.IN_FORCE,
        (Amended.SIGNED, Verb.EXPIRE): Amended.EXPIRED,
    }
)
