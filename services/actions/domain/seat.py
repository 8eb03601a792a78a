"""Seats follow signatures: the charter's into the consultation body, a convention's into its actions' steering bodies.

Source: the founding deliberation (the consultation body gathers all signatories of the charter; one signs a convention
to take part in an action's steering body).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self, TypeVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import stable_id
from contracts.actions import Body, SeatClosed, SeatOpened, SeatState
from contracts.partners import CharterSignatureState, ConventionState
from services.actions.domain.base import Base

Place = tuple[Body, UUID | None, UUID]
State = TypeVar("State", bound=SeatState)


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """A seat as a signature wants it; `closed_on` is None while the signature holds."""

    body: Body
    programme_code: str
    action_id: UUID | None = None
    action_code: str | None = None
    organisation_id: UUID
    organisation_name: str
    opened_on: date
    closed_on: date | None

    @property
    def place(self) -> Place:
        """Where who sits: at most one open seat per signature and place."""
        return self.body, self.action_id, self.organisation_id


class Seat(Base):
    """A seat in a body, kept after it closed.

    `because` is the charter signature or convention that gave it; `turn` counts the times that it did, from 1, since a
    seat that closed stays closed and reopening makes a new one; `sequence` counts the seat's own changes.
    """

    __tablename__ = "seats"
    __table_args__ = (
        Index("seats_because", "because"),
        Index("seats_organisation", "organisation_id"),
        Index("seats_action", "action_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    because: Mapped[UUID]
    turn: Mapped[int]
    body: Mapped[Body]
    programme_code: Mapped[str]
    action_id: Mapped[UUID | None]
    action_code: Mapped[str | None]
    organisation_id: Mapped[UUID]
    organisation_name: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)

    @property
    def place(self) -> Place:
        """Where who sits."""
        return self.body, self.action_id, self.organisation_id

    @classmethod
    def open(cls, wanted: Sitting, *, because: UUID, turn: int) -> tuple[Self, SeatOpened]:
        """Give a new seat and the event that says so; the same signature, place and turn always make the same seat."""
        names = (str(because), wanted.body, str(wanted.action_id), str(wanted.organisation_id), str(turn))
        seat = cls(
            id=stable_id("seat", *names),
            because=because,
            turn=turn,
            body=wanted.body,
            programme_code=wanted.programme_code,
            action_id=wanted.action_id,
            action_code=wanted.action_code,
            organisation_id=wanted.organisation_id,
            organisation_name=wanted.organisation_name,
            opened_on=wanted.opened_on,
        )
        return seat, seat._announcing(SeatOpened)

    def close(self, on: date) -> SeatClosed:
        """End the seat on that day, or correct the day on which it ended."""
        self.closed_on = on
        return self._announcing(SeatClosed)

    def pass_to(self, organisation_id: UUID, name: str) -> SeatState:
        """Let it be the seat of whom its holder was merged into: the same seat, since the same day."""
        self.organisation_id, self.organisation_name = organisation_id, name
        return self._announcing(SeatOpened if self.closed_on is None else SeatClosed)

    def _announcing(self, kind: type[State]) -> State:
        self.sequence += 1
        return kind(
            seat_id=self.id,
            body=self.body,
            programme_code=self.programme_code,
            action_id=self.action_id,
            action_code=self.action_code,
            organisation_id=self.organisation_id,
            organisation_name=self.organisation_name,
            because=self.because,
            opened_on=self.opened_on,
            closed_on=self.closed_on,
            sequence=self.sequence,
        )


def consultation(signature: CharterSignatureState) -> list[Sitting]:
    """Give the seat that a charter signature wants, until it is withdrawn or a new version replaces it."""
    return [
        Sitting(
            body=Body.CONSULTATION,
            programme_code=signature.programme_code,
            organisation_id=signature.organisation_id,
            organisation_name=signature.organisation_name,
            opened_on=signature.signed_on,
            closed_on=signature.withdrawn_on or signature.lapsed_on,
        )
    ]


def steering(convention: ConventionState) -> list[Sitting]:
    """Give the seats that a convention wants: each party's, for each action that it serves, once it is in force.

    A party that an amendment brought in sits from the day it joined, one that left sat until the day it left.
    """
    if convention.in_force_on is None:
        return []
    lines = {line.action_id: (line.action_code, convention.in_force_on) for line in convention.lines}
    named = {each.action_id: (each.action_code, each.added_on or convention.in_force_on) for each in convention.actions}
    return [
        Sitting(
            body=Body.STEERING,
            programme_code=convention.programme_code,
            action_id=action_id,
            action_code=action_code,
            organisation_id=party.organisation_id,
            organisation_name=party.name,
            opened_on=max(party.joined_on or since, since),
            closed_on=min((day for day in (party.left_on, convention.ended_on) if day), default=None),
        )
        for action_id, (action_code, since) in {**lines, **named}.items()
        for party in {party.organisation_id: party for party in convention.parties}.values()
    ]


def follow(
    because: UUID, wanted: Iterable[Sitting], held: Iterable[Seat], *, on: date
) -> tuple[list[Seat], list[SeatState]]:
    """Make the seats of one signature what its newest state wants; give the new seats and the events, in order.

    `held` are all seats that the signature ever gave. What came before the newest state does not matter: a signature
    first heard of when it had already ended still leaves its seat, opened and closed. An open seat that the state no
    longer names (an action or a party was taken out) ends `on` that day.
    """
    latest = {seat.place: seat for seat in sorted(held, key=lambda seat: seat.turn)}
    asked = {sitting.place: sitting for sitting in wanted}
    added: list[Seat] = []
    events: list[SeatState] = [
        seat.close(on) for place, seat in latest.items() if place not in asked and seat.closed_on is None
    ]
    for place, sitting in asked.items():
        seat = latest.get(place)
        if seat is None or (seat.closed_on is not None and sitting.closed_on is None):
            seat, opened = Seat.open(sitting, because=because, turn=seat.turn + 1 if seat else 1)
            added.append(seat)
            events.append(opened)
        if sitting.closed_on is not None and sitting.closed_on != seat.closed_on:
            events.append(seat.close(sitting.closed_on))
    return added, events
