"""The menu: a few doors, each with what lies behind it; a person sees the doors that the services would open."""

from dataclasses import dataclass

from flask import current_app, url_for

from console.language import phrase, say
from console.sessions import Person, person

EVERYBODY, STAFF, ACTS = "everybody", "staff", "acts"

SECTIONS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (phrase("Today"), (("today.index", phrase("Today"), ACTS),)),
    (phrase("Programme"), (("programme.overview", phrase("Programme"), EVERYBODY),)),
    (phrase("Actions"), (("programme.actions", phrase("Actions"), EVERYBODY),)),
    (
        phrase("Conventions"),
        (
            ("conventions.index", phrase("Conventions"), EVERYBODY),
            ("deadlines.index", phrase("Deadlines"), EVERYBODY),
            ("departures.index", phrase("Departures"), EVERYBODY),
        ),
    ),
    (phrase("Financing"), (("financing.index", phrase("Financing"), EVERYBODY),)),
    (
        phrase("Partners"),
        (
            ("organisations.index", phrase("Organisations"), EVERYBODY),
            ("charters.index", phrase("Charter"), EVERYBODY),
            ("mandates.index", phrase("Mandates"), EVERYBODY),
        ),
    ),
    (
        phrase("Monitor"),
        (
            ("deliveries.index", phrase("Deliveries"), EVERYBODY),
            ("events.index", phrase("Events"), STAFF),
            ("failures.index", phrase("Failures"), STAFF),
        ),
    ),
)
"""Section by section: endpoint, name and whose door it is; an area whose pages are not there has none."""


@dataclass(frozen=True)
class Door:
    """A link of the menu; `current` where one is on this page or behind it."""

    name: str
    address: str
    current: bool


def doors(here: str) -> list[Door]:
    """Give the sections, each leading to the first of its pages that this person may open."""
    return [
        Door(say(name), url_for(pages[0][0]), here in [endpoint for endpoint, _ in pages])
        for name, pages in _open_sections()
    ]


def neighbours(here: str) -> list[Door]:
    """Give the pages that stand beside this one in its section; none where it is alone."""
    pages = next((pages for _, pages in _open_sections() if here in [endpoint for endpoint, _ in pages]), [])
    return [Door(say(name), url_for(each), each == here) for each, name in pages] if len(pages) > 1 else []


def _open_sections() -> list[tuple[str, list[tuple[str, str]]]]:
    who = person()
    found = [
        (section, [(endpoint, name) for endpoint, name, whose in pages if who and _opens(endpoint, whose, who)])
        for section, pages in SECTIONS
    ]
    return [(name, pages) for name, pages in found if pages]


def _opens(endpoint: str, whose: str, who: Person) -> bool:
    opens = {EVERYBODY: True, STAFF: who.watches, ACTS: who.acts}
    return endpoint in current_app.view_functions and opens[whose]
