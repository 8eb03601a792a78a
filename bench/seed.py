"""What is measured with: a programme of forty actions, two hundred funders, and as many conventions as wanted.

A convention has two parties, one line and one tranche, as when a commune joins. Each promises the same amount, so that
one sum tells how far the projection is.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from bench.ground import address
from chassis.context import Cause, new_traceparent
from chassis.events import CONTENT_TYPE, Event, encode
from chassis.identifiers import new_id, stable_id
from chassis.money import VatBasis
from chassis.service import Service
from chassis.subscription import Message, Subscriber
from contracts.actions import ActionPlanned, Axis, Need, Priority, ProgrammeDefined
from contracts.partners import (
    ContributionKind,
    ContributionLine,
    ConventionEnteredIntoForce,
    ConventionProposed,
    ConventionState,
    ConventionStatus,
    Nature,
    Party,
    PartyRole,
    Tranche,
)
from entente.composition import worker_of

PROGRAMME = "BENCH17"
AXES, ACTIONS, FUNDERS = 4, 40, 200
AMOUNT = Decimal("1250.00")
AUTHORITY = stable_id("bench", "authority")
DAY = date(2017, 11, 14)


def a_programme() -> ProgrammeDefined:
    """Give the frame."""
    return ProgrammeDefined(
        programme_code=PROGRAMME,
        title="Measured",
        starts_on=date(2017, 1, 1),
        ends_on=date(2020, 12, 31),
        vat_basis=VatBasis.TTC,
        axes=tuple(Axis(code=str(number), title=f"Axis {number}") for number in range(1, AXES + 1)),
        sequence=1,
    )


def actions() -> list[ActionPlanned]:
    """Give the actions, each with a need."""
    return [
        ActionPlanned(
            action_id=stable_id("bench", "action", str(number)),
            programme_code=PROGRAMME,
            axis_code=str(number % AXES + 1),
            code=f"{number % AXES + 1}.{number}",
            title=f"Action {number}",
            priority=Priority.STRONG,
            needs=(Need(year=2017, nature=Nature.OPERATING, amount=Decimal("9000000.00")),),
            sequence=1,
        )
        for number in range(ACTIONS)
    ]


def conventions(kind: type[ConventionState], count: int, *, first: int = 0) -> Iterator[ConventionState]:
    """Give conventions as proposed or as in force, the same ones for the same numbers."""
    proposed = kind is ConventionProposed
    sheets = actions()
    for number in range(first, first + count):
        action = sheets[number % ACTIONS]
        funder = stable_id("bench", "funder", str(number % FUNDERS))
        signed_on = None if proposed else DAY
        yield kind(
            convention_id=convention_id(number),
            reference=f"BENCH-2017-{number:06}",
            title=f"Convention {number}",
            programme_code=PROGRAMME,
            version=1,
            status=ConventionStatus.PROPOSED if proposed else ConventionStatus.IN_FORCE,
            starts_on=date(2017, 11, 1),
            ends_on=date(2018, 12, 31),
            parties=(
                Party(organisation_id=AUTHORITY, name="Authority", role=PartyRole.PROJECT_OWNER, signed_on=signed_on),
                Party(
                    organisation_id=funder,
                    name=f"Funder {number % FUNDERS}",
                    role=PartyRole.FUNDER,
                    signed_on=signed_on,
                ),
            ),
            lines=(
                ContributionLine(
                    line_id=stable_id("bench", "line", str(number)),
                    organisation_id=funder,
                    organisation_name=f"Funder {number % FUNDERS}",
                    action_id=action.action_id,
                    action_code=action.code,
                    kind=ContributionKind.CASH,
                    nature=Nature.OPERATING,
                    vat_basis=VatBasis.TTC,
                    tranches=(
                        Tranche(
                            tranche_id=stable_id("bench", "tranche", str(number)),
                            year=2017,
                            amount=AMOUNT,
                            due_on=date(2017, 12, 1),
                        ),
                    ),
                ),
            ),
            proposed_on=date(2017, 10, 20),
            in_force_on=signed_on,
            sequence=1 if proposed else 3,
        )


def convention_id(number: int) -> UUID:
    """Give the id of a convention by its number."""
    return stable_id("bench", "convention", str(number))


def bring(service: Service, queue: str, events: Sequence[Event]) -> None:
    """Bring events to a subscription as its consumer would, in batches."""
    worker = worker_of(service.name)
    method = getattr(worker, queue.partition(".")[2])
    subscriber = Subscriber(service, method.subscription, method.__get__(worker(), worker))
    messages = [Message(_written(event)[1].encode(), CONTENT_TYPE) for event in events]
    for start in range(0, len(messages), 500):
        subscriber.receive(messages[start : start + 500])


def fill_budget(service: Service, proposed: int) -> None:
    """Let budget know the programme, its actions and some proposed conventions; nothing is left to publish."""
    bring(service, "budget.record_programme", [a_programme()])
    bring(service, "budget.record_need", actions())
    bring(service, "budget.record_commitment", list(conventions(ConventionProposed, proposed)))
    with psycopg.connect(service.engine.url.set(drivername="postgresql").render_as_string(False)) as connection:
        connection.execute("UPDATE outbox SET published_at = clock_timestamp()")


def stage(database: str, count: int) -> None:
    """Put the last signatures of conventions beside the outbox of partners, ready to be announced in one moment."""
    with psycopg.connect(address(database)) as connection:
        connection.execute("CREATE TABLE staged (LIKE outbox INCLUDING DEFAULTS)")
        connection.execute("ALTER TABLE staged ALTER id DROP NOT NULL, ALTER id DROP IDENTITY IF EXISTS")
        names = "event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body"
        with connection.cursor().copy(f"COPY staged ({names}) FROM STDIN") as copy:
            for event in conventions(ConventionEnteredIntoForce, count):
                envelope, body = _written(event)
                copy.write_row(
                    (
                        envelope.id,
                        envelope.type,
                        envelope.subject,
                        envelope.sequence,
                        envelope.correlation_id,
                        envelope.causation_id,
                        envelope.actor,
                        envelope.time,
                        body,
                    )
                )


RELEASE = """
    INSERT INTO outbox (event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body)
    SELECT event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body FROM staged
"""


def _written(event: Event) -> tuple[Any, str]:
    cause = Cause(str(new_id()), None, "bench", new_traceparent())
    envelope = encode(event, time=datetime.now(UTC), cause=cause)
    return envelope, envelope.to_json()
