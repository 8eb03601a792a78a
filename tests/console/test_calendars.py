"""Deadlines as a calendar file, against the text of RFC 5545."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from chassis.identifiers import new_id
from console.calendars import calendar, escaped, folded

pytestmark = pytest.mark.unit


def a_deadline(**facts: Any) -> dict[str, Any]:
    known = {"kind": "tranche_due", "subject_id": str(new_id()), "due_on": "2017-12-31", "title": "Télémédecine"}
    of = {"reference": "SUN-2017-014", "convention_id": None, "organisation_name": "Région", "illustrative": False}
    return {**known, **of, "amount": "30000.00", **facts}


def written(*deadlines: dict[str, Any]) -> bytes:
    with Flask("console").test_request_context():
        return calendar(deadlines, at=datetime(2017, 11, 1, 8, 30, tzinfo=UTC))


def test_a_deadline_is_a_whole_day_that_keeps_nobody_busy() -> None:
    lines = written(a_deadline(subject_id="1")).decode().split("\r\n")

    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-2:] == ["END:VCALENDAR", ""]
    for line in (
        "NAME:Échéances d’Entente",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "UID:1-tranche_due@entente",
        "DTSTAMP:20171101T083000Z",
        "TRANSP:TRANSPARENT",
    ):
        assert line in lines
    assert lines[lines.index("DTSTART;VALUE=DATE:20171231") + 1] == "DTEND;VALUE=DATE:20180101"


def test_a_deadline_that_moves_keeps_its_name_in_the_calendar() -> None:
    number = str(new_id())
    before, after = (written(a_deadline(subject_id=number, due_on=day)) for day in ("2017-12-31", "2018-02-28"))

    assert [line for line in before.split(b"\r\n") if line.startswith(b"UID")] == [
        line for line in after.split(b"\r\n") if line.startswith(b"UID")
    ]


def test_no_line_is_longer_than_75_octets_and_none_cuts_a_letter() -> None:
    title = "Télémédecine, éducation ; vallée de l’Ubaye " * 9
    lines = written(a_deadline(title=title)).split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines)
    joined = b"\r\n".join(lines).replace(b"\r\n ", b"").decode()
    assert escaped(title) in joined


def test_what_the_standard_reserves_is_escaped() -> None:
    assert escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"
    assert list(folded("é" * 40)) == ["é" * 37, " " + "é" * 3]
