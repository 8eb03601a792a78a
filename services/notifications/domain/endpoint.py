"""Endpoints: the addresses at which other systems are told by webhook, and of which events."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import InvalidInput
from services.notifications.domain.base import Base

EVERYTHING = "*"
LONGEST_URL = 2_000


class Endpoint(Base):
    """A webhook of an organisation, or of the programme office where `organisation_id` is None.

    `sealed_secret` signs its webhooks and is readable only with the key of the environment; `events` are wire names or
    prefixes such as `partners.convention.*`; `disabled_because` is the answer that switched it off.
    """

    __tablename__ = "endpoints"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    url: Mapped[str]
    description: Mapped[str]
    events: Mapped[list[str]]
    sealed_secret: Mapped[str] = mapped_column(repr=False)
    active: Mapped[bool] = mapped_column(default=True)
    disabled_because: Mapped[str | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=1)

    def change(self, *, url: str, description: str, events: Iterable[str], active: bool) -> None:
        """Replace what is known of the endpoint; switching it on again forgets why it was off."""
        self.url, self.description, self.events, self.active = url, description, list(events), active
        if active:
            self.disabled_because = None
        self.sequence += 1

    def disable(self, answer: str) -> None:
        """Call it no more, as it asked (410 Gone: Standard Webhooks, "Delivery and retries")."""
        self.active, self.disabled_because = False, answer
        self.sequence += 1

    def hears(self, event_type: str) -> bool:
        """Tell whether it is subscribed to an event type."""
        return any(matches(pattern, event_type) for pattern in self.events)

    def reason_to_withhold(self) -> str | None:
        """Say why it is not to be called now, or None."""
        return None if self.active else f"The endpoint is switched off. {self.disabled_because or ''}".strip()


def matches(pattern: str, event_type: str) -> bool:
    """Tell whether `pattern` names an event type: itself, everything, or all that begins as it does before `.*`."""
    if pattern == EVERYTHING:
        return True
    return event_type.startswith(pattern[:-1]) if pattern.endswith(".*") else pattern == event_type


def require_known(patterns: Iterable[str], event_types: Iterable[str]) -> None:
    """Refuse a pattern that no event has: it would wait for ever.

    Raises InvalidInput.
    """
    known = sorted(event_types)
    for index, pattern in enumerate(patterns):
        if not any(matches(pattern, event_type) for event_type in known):
            sentence = (
                f"No event is called {pattern!r}. Write '*', 'partners.convention.*', or one of: {', '.join(known)}."
            )
            raise InvalidInput("An event subscribed to does not exist.", {f"/events/{index}": [sentence]})


def require_callable(url: str, *, plain_http: bool) -> None:
    """Refuse an address that we would never call; where its host leads is checked at each call.

    Raises InvalidInput.
    """
    problem = _problem(url, ("http", "https") if plain_http else ("https",))
    if problem:
        raise InvalidInput("This address cannot be a webhook's.", {"/url": [problem]})


def _problem(url: str, schemes: tuple[str, ...]) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "This is not a web address."
    graphic = url.isascii() and url.isprintable() and " " not in url
    beginnings = " or ".join(f"{scheme}://" for scheme in schemes)
    faults = {
        f"The address is longer than {LONGEST_URL} characters.": len(url) > LONGEST_URL,
        "The address holds spaces or characters that a web address cannot hold.": not graphic,
        f"The address must begin with {beginnings}.": parts.scheme not in schemes,
        "The address names no host.": not host,
        "Leave user and password out of the address: the signature says who calls.": "@" in parts.netloc,
        "Leave what follows # out of the address: it is never sent.": "#" in url,
    }
    return next((sentence for sentence, wrong in faults.items() if wrong), None)
