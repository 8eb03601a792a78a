"""What actions announces: the programme, its axes and actions, and the seats that signatures open."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.events import Event, VatBasis, event
from contracts.partners import BY_VALUE, Nature


class Priority(StrEnum):
    """How urgent the deliberation's principles make an action."""

    STRONG = "strong"
    MEDIUM = "medium"
    LOW = "low"


class Body(StrEnum):
    """The body a seat belongs to: consultation (the charter's), steering (an action's)."""

    CONSULTATION = "consultation"
    STEERING = "steering"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A strategic axis of the programme."""

    code: str
    title: str


@event(
    "actions.programme.defined.v1",
    subject="programme_code",
    example={
        "programme_code": "SUN04",
        "title": "Schéma départemental des usages numériques",
        "starts_on": "2017-01-01",
        "ends_on": "2020-12-31",
        "vat_basis": "TTC",
        "axes": [{"code": "2", "title": "Qualité de vie"}],
    },
)
class ProgrammeDefined(Event):
    """The programme's frame, each time it changes; totals are in its VAT basis."""

    programme_code: str
    title: str
    starts_on: date
    ends_on: date | None = None
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    axes: tuple[Axis, ...]


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an action needs in one year, in euros, in the programme's VAT basis."""

    year: int
    nature: Nature = field(metadata=BY_VALUE)
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class ActionState(Event):
    """An action with its need by year and nature."""

    action_id: UUID
    programme_code: str
    axis_code: str
    code: str
    title: str
    priority: Priority = field(metadata=BY_VALUE)
    lead_organisation_id: UUID | None = None
    closed: bool = False
    illustrative: bool = False
    needs: tuple[Need, ...]


_ACTION = {
    "action_id": "0198c9a0-0000-7000-8000-000000000010",
    "programme_code": "SUN04",
    "axis_code": "2",
    "code": "2.1",
    "title": "Télémédecine en vallée de l’Ubaye",
    "priority": "strong",
    "lead_organisation_id": None,
    "closed": False,
    "illustrative": True,
    "needs": [
        {"year": 2017, "nature": "investment", "amount": "120000.00"},
        {"year": 2018, "nature": "operating", "amount": "60000.00"},
    ],
}


@event("actions.action.planned.v1", subject="action_id", example=_ACTION)
class ActionPlanned(ActionState):
    """An action belongs to the programme from now on."""


@event("actions.action.changed.v1", subject="action_id", example={**_ACTION, "priority": "medium"})
class ActionChanged(ActionState):
    """An action's sheet or need changed."""


@dataclass(frozen=True, kw_only=True)
class SeatState(Event):
    """A seat of an organisation in a body; `because` is the charter signature or convention that opened it."""

    seat_id: UUID
    body: Body = field(metadata=BY_VALUE)
    programme_code: str
    action_id: UUID | None = None
    action_code: str | None = None
    organisation_id: UUID
    organisation_name: str
    because: UUID
    opened_on: date
    closed_on: date | None = None


_SEAT = {
    "seat_id": "0198c9a0-0000-7000-8000-000000000020",
    "body": "steering",
    "programme_code": "SUN04",
    "action_id": "0198c9a0-0000-7000-8000-000000000010",
    "action_code": "2.1",
    "organisation_id": "0198c9a0-0000-7000-8000-000000000011",
    "organisation_name": "Région Provence-Alpes-Côte d’Azur",
    "because": "0198c9a0-0000-7000-8000-000000000015",
    "opened_on": "2017-11-14",
    "closed_on": None,
}


@event("actions.seat.opened.v1", subject="seat_id", example=_SEAT)
class SeatOpened(SeatState):
    """A signature gave a seat."""


@event("actions.seat.closed.v1", subject="seat_id", example={**_SEAT, "closed_on": "2018-03-31"})
class SeatClosed(SeatState):
    """The signature that gave the seat no longer holds."""
