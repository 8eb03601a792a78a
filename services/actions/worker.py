"""The event door: seats follow what partners announces of the charter and of conventions."""

from sqlalchemy.orm import Session

from chassis.clock import day_of
from chassis.messaging import Worker, subscribe
from contracts.amendments import ConventionAmended
from contracts.partners import (
    CharterLapsed,
    CharterSignatureState,
    CharterSigned,
    CharterWithdrawn,
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionProposed,
    ConventionRefused,
    ConventionSigned,
    ConventionState,
    ConventionTerminated,
    ConventionWithdrawn,
    OrganisationMerged,
)
from services.actions import use_cases


class ActionsWorker(Worker):
    """What actions does when partners speaks."""

    name = "actions"

    @subscribe(CharterSigned, CharterWithdrawn, CharterLapsed, queue="actions.seat_signatory")
    def seat_signatory(self, session: Session, signature: CharterSignatureState) -> None:
        """A charter signature gives a seat in the consultation body; its withdrawal or lapse closes it."""
        use_cases.seat_signatory(session, signature, on=day_of(signature.received.time))

    @subscribe(
        ConventionProposed,
        ConventionSigned,
        ConventionEnteredIntoForce,
        ConventionAmended,
        ConventionRefused,
        ConventionWithdrawn,
        ConventionExpired,
        ConventionTerminated,
        ConventionCompleted,
        queue="actions.seat_parties",
    )
    def seat_parties(self, session: Session, convention: ConventionState) -> None:
        """A convention in force gives its parties a seat in its actions' steering bodies; its end closes them."""
        use_cases.seat_parties(session, convention, on=day_of(convention.received.time))

    @subscribe(OrganisationMerged, queue="actions.follow_merger")
    def follow_merger(self, session: Session, merged: OrganisationMerged) -> None:
        """A duplicate's seats, and the actions that it leads, are those of whom it was merged into."""
        use_cases.follow_merger(session, merged)
