"""The event door: needs come from actions, promises and mandates from partners."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chassis.messaging import Worker, subscribe
from contracts.actions import ActionChanged, ActionPlanned, ActionState, ProgrammeDefined
from contracts.amendments import ConventionAmended
from contracts.partners import (
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionProposed,
    ConventionRefused,
    ConventionSigned,
    ConventionState,
    ConventionTerminated,
    ConventionWithdrawn,
    MandateRecorded,
    OrganisationChanged,
    OrganisationMerged,
    OrganisationRegistered,
    OrganisationState,
)
from services.budget import use_cases


class BudgetWorker(Worker):
    """What budget does when actions and partners speak."""

    name = "budget"

    @subscribe(ProgrammeDefined, queue="budget.record_programme")
    def record_programme(self, session: Session, defined: ProgrammeDefined) -> None:
        """A programme's frame gives the axes and the VAT basis of all totals."""
        use_cases.record_programme(session, defined)

    @subscribe(OrganisationRegistered, OrganisationChanged, OrganisationMerged, queue="budget.record_organisation")
    def record_organisation(self, session: Session, organisation: OrganisationState) -> None:
        """A funder is shown by its present name, and a duplicate's money with that of whom it was merged into."""
        use_cases.record_organisation(session, organisation)

    @subscribe(MandateRecorded, queue="budget.record_mandate")
    def record_mandate(self, session: Session, mandate: MandateRecorded) -> None:
        """A deliberation allows to move credit, up to its ceiling."""
        use_cases.record_mandate(session, mandate)

    @subscribe(ActionPlanned, ActionChanged, queue="budget.record_need", batch=True)
    def record_need(self, session: Session, sheets: Sequence[ActionState]) -> None:
        """What an action needs opens the gap; its money follows it to another axis."""
        use_cases.record_needs(session, sheets)

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
        queue="budget.record_commitment",
        batch=True,
    )
    def record_commitment(self, session: Session, conventions: Sequence[ConventionState]) -> None:
        """A proposed convention is money sought; in force, it is money we may count on."""
        use_cases.record_commitments(session, conventions)
