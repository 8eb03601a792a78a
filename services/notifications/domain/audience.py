"""Who may hear of an event: a table from the kind of state to the organisations that are party to its subject."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from chassis.events import Event, registry
from contracts import actions, amendments, budget, deadlines, partners

PUBLISHERS = ("partners", "actions", "budget")
EVENTS: tuple[type[Event], ...] = tuple(kind for kind in registry.values() if kind.publisher() in PUBLISHERS)
"""Every event that an endpoint may subscribe to; our own deliveries are told by their log."""


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Which fields of a state name what it is about, the organisations that hear it, and a subject whose parties do."""

    about: str
    organisations: tuple[str, ...] = ()
    involved_in: str | None = None


AUDIENCES: Mapping[type[Event], Audience] = {
    partners.OrganisationMerged: Audience(about="name", organisations=("organisation_id", "merged_into_id")),
    partners.OrganisationState: Audience(about="name", organisations=("organisation_id",)),
    partners.CharterSignatureState: Audience(about="charter_title", organisations=("organisation_id",)),
    partners.CharterVersionPublished: Audience(about="title", involved_in="programme_code"),
    partners.MandateRecorded: Audience(about="number", organisations=("organisation_id",)),
    partners.ConventionState: Audience(about="reference", involved_in="convention_id"),
    deadlines.DeadlineReached: Audience(about="title", organisations=("organisation_id",), involved_in="convention_id"),
    amendments.AmendmentState: Audience(about="reference", involved_in="amendment_id"),
    actions.ProgrammeDefined: Audience(about="programme_code", involved_in="programme_code"),
    actions.ActionState: Audience(about="code", organisations=("lead_organisation_id",), involved_in="action_id"),
    actions.SeatState: Audience(about="organisation_name", organisations=("organisation_id",)),
    budget.EnvelopeRevised: Audience(about="axis_code", involved_in="programme_code"),
    budget.CreditReallocated: Audience(about="to_line", organisations=("organisation_id",)),
    budget.CreditCommitted: Audience(about="action_code", organisations=("funder_id",)),
    budget.ProjectionChanged: Audience(about="action_code", involved_in="action_id"),
    budget.PaymentRecorded: Audience(
        about="convention_reference", organisations=("funder_id",), involved_in="convention_id"
    ),
    budget.EntryReversed: Audience(about="reason", organisations=("funder_id",)),
}

OFFICE_ALONE: Mapping[str, tuple[str, ...]] = {budget.ProjectionChanged.type: ("because",)}
"""Words of events that partners share which may name what one of them is not party to, by type."""

ONCE_BINDING = frozenset(
    {
        partners.ConventionStatus.PROPOSED,
        partners.ConventionStatus.PARTIALLY_SIGNED,
        partners.ConventionStatus.IN_FORCE,
        partners.ConventionStatus.TERMINATED,
        partners.ConventionStatus.COMPLETED,
    }
)
"""While it is on the table, and once it has bound them, a convention's parties follow its actions."""


def audience_of(event: Event) -> Audience:
    """Give the row of the table for an event.

    Raises LookupError for an event that the table forgot; a test walks them all.
    """
    return next(AUDIENCES[kind] for kind in type(event).__mro__ if kind in AUDIENCES)


def about(event: Event) -> str:
    """Name what the event is about, in the words people use: a reference, a code, a name."""
    return str(getattr(event, audience_of(event).about))


def as_heard(body: str, type_: str, *, by: UUID | None) -> str:
    """Give an event as published; an organisation hears no word that is for the programme office (None) alone."""
    if by is None or type_ not in OFFICE_ALONE:
        return body
    told = json.loads(body)
    told["data"] |= dict.fromkeys(OFFICE_ALONE[type_], "")
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def organisations_named(event: Event) -> set[UUID]:
    """Give the organisations that the event itself names as its audience."""
    named = (getattr(event, name) for name in audience_of(event).organisations)
    return {organisation_id for organisation_id in named if organisation_id}


def subject_followed(event: Event) -> str | None:
    """Give the subject whose involved organisations hear the event, besides those it names."""
    name = audience_of(event).involved_in
    subject = getattr(event, name) if name else None
    return str(subject) if subject else None


def involvement(event: Event) -> set[tuple[str, UUID]] | None:
    """Give (subject, organisation) for every involvement that this state makes, all of them; None if it makes none."""
    if isinstance(event, partners.ConventionState):
        return set(_parties_involvement(event))
    if isinstance(event, amendments.AmendmentState):
        return {(event.subject, party.organisation_id) for party in event.parties}
    if isinstance(event, partners.CharterSignatureState):
        return set() if event.withdrawn_on or event.lapsed_on else {(event.programme_code, event.organisation_id)}
    return None


def _parties_involvement(convention: partners.ConventionState) -> Iterable[tuple[str, UUID]]:
    """A party that left hears no more of it; that it left, the amendment itself told it."""
    subjects = {str(convention.convention_id)}
    if convention.status in ONCE_BINDING:
        served = {each.action_id for each in convention.lines} | {each.action_id for each in convention.actions}
        subjects |= {convention.programme_code, *map(str, served)}
    present = [party.organisation_id for party in convention.parties if party.left_on is None]
    return ((subject, organisation_id) for subject in subjects for organisation_id in present)


def noun(event: Event) -> str:
    """Give the noun of an event's wire name with its publisher: all events of one noun carry the same state."""
    return ".".join(event.type.split(".")[:2])
