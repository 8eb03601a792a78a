"""The one clock: the demo and the tests set it, because the programme lives in 2017-2018."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_shift = timedelta(0)
_file: Path | None = None


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return datetime.now(UTC) + (_read(_file) if _file else _shift)


def today() -> date:
    """Give today's date in Europe/Paris, where budget years turn."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """Give the date of a moment (aware) in Europe/Paris."""
    return moment.astimezone(PARIS).date()


def travel_to(moment: datetime) -> None:
    """Set the clock of this process, and of all that share its file, to `moment` (aware); it runs on from there."""
    global _shift
    _shift = moment - datetime.now(UTC)
    if _file:
        written = _file.with_suffix(".new")
        written.write_text(str(_shift.total_seconds()))
        written.replace(_file)


def travel_back() -> None:
    """Set the clock of this process back to real time."""
    global _shift, _file
    _shift, _file = timedelta(0), None


def share(file: Path) -> None:
    """Let several processes have one clock: `file` holds the seconds that it is ahead; for stories and tests alone."""
    global _file
    _file = file


def _read(file: Path) -> timedelta:
    return timedelta(seconds=float(file.read_text()) if file.exists() else 0.0)
