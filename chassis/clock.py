"""The one clock: the demo and the tests set it, because the programme lives in 2017-2018."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_shift = timedelta(0)


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


def today() -> date:
    """Give today's date in Europe/Paris, where budget years turn."""
    return now().astimezone(PARIS).date()


def travel_to(moment: datetime) -> None:
    """Set the clock of this process to `moment` (aware); it runs on from there."""
    global _shift
    _shift = moment - datetime.now(UTC)


def travel_back() -> None:
    """Set the clock of this process back to real time."""
    global _shift
    _shift = timedelta(0)
