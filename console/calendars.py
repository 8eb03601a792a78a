"""Deadlines as a calendar (iCalendar, RFC 5545 and 7986): whole days, in the page's language."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import current_app, url_for

from console.language import euros, language, say
from console.words import deadline_in_words

LONGEST = 75
"""Octets of a line, its end not counted (RFC 5545, 3.1)."""


def calendar(deadlines: Iterable[Mapping[str, Any]], *, at: datetime) -> bytes:
    """Write deadlines as a calendar; importing it again moves what moved, for an event keeps its UID."""
    name, often = escaped(say("Deadlines of Entente")), "PT6H"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Entente//Deadlines//{language().code.upper()}"]
    lines += [f"NAME:{name}", f"REFRESH-INTERVAL;VALUE=DURATION:{often}"]  # RFC 7986, 5.1 and 5.7
    lines += [f"X-WR-CALNAME:{name}", f"X-PUBLISHED-TTL:{often}"]  # what programs read that came before it
    for each in deadlines:
        lines += _event(each, at)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line)).encode()


def _event(deadline: Mapping[str, Any], at: datetime) -> list[str]:
    due = date.fromisoformat(deadline["due_on"])
    facts = (
        ("UID", f"{deadline['subject_id']}-{deadline['kind']}@entente"),
        ("DTSTAMP", f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
        ("DTSTART;VALUE=DATE", f"{due:%Y%m%d}"),
        ("DTEND;VALUE=DATE", f"{due + timedelta(days=1):%Y%m%d}"),
        ("SUMMARY", escaped(_summary(deadline))),
        ("DESCRIPTION", escaped(_description(deadline))),
        ("TRANSP", "TRANSPARENT"),
    )
    return ["BEGIN:VEVENT", *(f"{name}:{said}" for name, said in facts), *_address(deadline), "END:VEVENT"]


def _summary(deadline: Mapping[str, Any]) -> str:
    amount = euros(deadline["amount"]) if deadline["amount"] else ""
    words = (deadline_in_words(deadline["kind"]).capitalize(), deadline["reference"], amount)
    return ", ".join(each for each in words if each)


def _description(deadline: Mapping[str, Any]) -> str:
    illustrative = say("illustrative") if deadline["illustrative"] else None
    return "\n".join(each for each in (deadline["title"], deadline["organisation_name"], illustrative) if each)


def _address(deadline: Mapping[str, Any]) -> Iterator[str]:
    if deadline["convention_id"]:
        yield f"URL:{in_full(url_for('conventions.show', convention_id=deadline['convention_id']))}"


def in_full(address: str) -> str:
    """Write an address of these pages as others reach it, whatever stands between them and this process."""
    return f"{current_app.config['CONSOLE_URL']}{address}"


def escaped(text: str) -> str:
    """Write a text as a value (RFC 5545, 3.3.11)."""
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(mark, written)
    return text


def folded(line: str) -> Iterator[str]:
    """Cut a line so that none is too long and no letter is split; those that follow begin with a space."""
    part = ""
    for letter in line:
        if len(f"{part}{letter}".encode()) > LONGEST:
            yield part
            part = " "
        part += letter
    yield part
