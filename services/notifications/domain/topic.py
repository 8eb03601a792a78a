"""Topics: what people may want to be told, which event is news of which, and whom each concerns."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.events import Event
from contracts.amendments import ConventionAmended
from contracts.deadlines import DeadlineKind, DeadlineReached
from contracts.partners import (
    CharterLapsed,
    CharterSignatureState,
    CharterSigned,
    CharterVersionPublished,
    CharterWithdrawn,
    ConventionEnteredIntoForce,
    ConventionState,
    ConventionTerminated,
)


class Topic(StrEnum):
    """What a person may want to be told; each topic is one kind of e-mail."""

    IN_FORCE = "convention_in_force"
    AMENDED = "convention_amended"
    TERMINATED = "convention_terminated"
    CHARTER_ASKS = "charter_asks"
    CHARTER_SIGNED = "charter_signed"
    CHARTER_WITHDRAWN = "charter_withdrawn"
    CHARTER_LAPSED = "charter_lapsed"
    TRANCHE_DUE = "tranche_due"
    CONVENTION_ENDING = "convention_ending"
    PROPOSAL_EXPIRING = "proposal_expiring"
    CHARTER_ENDING = "charter_ending"


DEADLINE_TOPICS = {
    DeadlineKind.TRANCHE_DUE: Topic.TRANCHE_DUE,
    DeadlineKind.CONVENTION_ENDING: Topic.CONVENTION_ENDING,
    DeadlineKind.PROPOSAL_EXPIRING: Topic.PROPOSAL_EXPIRING,
    DeadlineKind.CHARTER_ENDING: Topic.CHARTER_ENDING,
}
"""The topic of each kind of deadline."""


def _nobody(_: Event) -> Iterable[UUID]:
    return ()


def _no_programme(_: Event) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """When an event is news, of which topic, and which organisations' people are told, besides the programme office's.

    `topic` gives None for an event that is no news; `names` gives the organisations that the event itself names, and
    `asks` the programme all of whose adherents it concerns.
    """

    topic: Callable[[Any], Topic | None]
    names: Callable[[Any], Iterable[UUID]] = _nobody
    asks: Callable[[Any], str | None] = _no_programme


def _always(topic: Topic) -> Callable[[Event], Topic | None]:
    return lambda _: topic


def _parties(convention: ConventionState) -> Iterable[UUID]:
    return (each.organisation_id for each in convention.parties if each.left_on is None)


def _parties_and_who_leaves(convention: ConventionState) -> Iterable[UUID]:
    """A party that left is told of the amendment by which it left, and of nothing after."""
    return (each.organisation_id for each in convention.parties if each.left_on in {None, convention.amended_on})


def _who_signed(adherence: CharterSignatureState) -> Iterable[UUID]:
    return (adherence.organisation_id,)


def _whom_it_binds(deadline: DeadlineReached) -> Iterable[UUID]:
    return deadline.party_ids or filter(None, (deadline.organisation_id,))


OCCASIONS: Mapping[type[Event], Occasion] = {
    ConventionEnteredIntoForce: Occasion(topic=_always(Topic.IN_FORCE), names=_parties),
    ConventionAmended: Occasion(topic=_always(Topic.AMENDED), names=_parties_and_who_leaves),
    ConventionTerminated: Occasion(topic=_always(Topic.TERMINATED), names=_parties),
    CharterVersionPublished: Occasion(
        topic=lambda charter: Topic.CHARTER_ASKS if charter.adhere_by else None,
        asks=lambda charter: charter.programme_code,
    ),
    CharterSigned: Occasion(topic=_always(Topic.CHARTER_SIGNED), names=_who_signed),
    CharterWithdrawn: Occasion(topic=_always(Topic.CHARTER_WITHDRAWN), names=_who_signed),
    CharterLapsed: Occasion(topic=_always(Topic.CHARTER_LAPSED), names=_who_signed),
    DeadlineReached: Occasion(topic=lambda deadline: DEADLINE_TOPICS[deadline.kind], names=_whom_it_binds),
}
"""The events that people are told of."""

_NO_NEWS = Occasion(topic=lambda _: None)


def topic_of(event: Event) -> Topic | None:
    """Give the topic that an event is news of; None where nobody is told by e-mail."""
    return _occasion(event).topic(event)


def organisations_told(event: Event) -> set[UUID]:
    """Give the organisations named by an event whose people are told of it."""
    return set(_occasion(event).names(event))


def programme_asked(event: Event) -> str | None:
    """Give the code of the programme all of whose adherents are told."""
    return _occasion(event).asks(event)


def _occasion(event: Event) -> Occasion:
    return OCCASIONS.get(type(event), _NO_NEWS)
