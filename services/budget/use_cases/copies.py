"""Keeping our own copies of what others announce."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from contracts.actions import ProgrammeDefined
from contracts.partners import MandateRecorded, OrganisationMerged, OrganisationState
from services.budget.domain.credit import Reallocation
from services.budget.domain.ledger import CauseKind, Movement
from services.budget.domain.partner import Mandate, Organisation
from services.budget.domain.programme import Action, Axis, Programme
from services.budget.domain.settlement import differences, rebased
from services.budget.use_cases import holdings, origins
from services.budget.use_cases.booking import book, lock_actions


def record_programme(session: Session, defined: ProgrammeDefined) -> None:
    """Keep the programme's frame; needs follow its VAT basis, since that is what they are stated in."""
    session.merge(
        Programme(
            code=defined.programme_code,
            title=defined.title,
            starts_on=defined.starts_on,
            ends_on=defined.ends_on,
            vat_basis=defined.vat_basis,
        )
    )
    session.flush()
    members = select(Action.id).where(Action.programme_code == defined.programme_code)
    actions = lock_actions(session, session.scalars(members).all())
    _replace_axes(session, defined)
    _rebase_needs(session, defined, actions)


def record_organisation(session: Session, organisation: OrganisationState) -> None:
    """Keep an organisation's present name, and for a duplicate whose it is: credit and mandates are that one's."""
    merged = organisation if isinstance(organisation, OrganisationMerged) else None
    session.merge(
        Organisation(
            id=organisation.organisation_id,
            name=organisation.name,
            merged_into_id=merged.merged_into_id if merged else None,
        )
    )
    if merged is None:
        return
    for kind in (Mandate, Reallocation):
        session.execute(
            update(kind)
            .where(kind.organisation_id == merged.organisation_id)
            .values(organisation_id=merged.merged_into_id, organisation_name=merged.merged_into_name)
        )


def record_mandate(session: Session, mandate: MandateRecorded) -> None:
    """Keep what a deliberation authorises, and up to how much; one told of a duplicate is of whom that one is."""
    known = session.get(Organisation, mandate.organisation_id)
    session.merge(
        Mandate(
            id=mandate.mandate_id,
            number=mandate.number,
            title=mandate.title,
            organisation_id=(known and known.merged_into_id) or mandate.organisation_id,
            organisation_name=mandate.organisation_name,
            enforceable_since=mandate.enforceable_since,
            authorises=list(mandate.authorises),
            ceiling=mandate.ceiling,
        )
    )


def _replace_axes(session: Session, defined: ProgrammeDefined) -> None:
    """Keep the frame's axes, and forget the others, but for those that an action of ours is still under."""
    for axis in defined.axes:
        session.merge(Axis(programme_code=defined.programme_code, code=axis.code, title=axis.title))
    session.flush()
    used = select(Action.id).where(Action.programme_code == Axis.programme_code, Action.axis_code == Axis.code).exists()
    named = [axis.code for axis in defined.axes]
    session.execute(delete(Axis).where(Axis.programme_code == defined.programme_code, Axis.code.not_in(named), ~used))


def _rebase_needs(session: Session, defined: ProgrammeDefined, actions: Mapping[UUID, Action]) -> None:
    held = holdings.needs_of(session, list(actions))
    origin = origins.from_event(CauseKind.PROGRAMME, defined, because=f"programme {defined.programme_code}")
    book(session, [Movement(origin=origin, postings=differences(held, rebased(held, defined.vat_basis)))], actions)
