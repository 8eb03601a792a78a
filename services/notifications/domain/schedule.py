"""When to try again: a table for each channel, in seconds after the attempt that failed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from contracts.notifications import Channel

MINUTE, HOUR = 60, 3_600

RETRY_AFTER: Mapping[Channel, Sequence[int]] = {
    # Standard Webhooks, "Delivery and retries": ten attempts over three days and a half.
    Channel.WEBHOOK: (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
    # RFC 5321, section 4.5.4.1: two attempts in the first hour, then every few hours, for four days at least; the first
    # one comes sooner, since the address of many a first mail is only greylisted.
    Channel.EMAIL: (MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR, 36 * HOUR),
}
LONGEST_ASKED = timedelta(days=1)
"""How far off a receiver may put us with Retry-After."""

SETTLING = timedelta(seconds=2)
"""How long an e-mail waits before it is built, so that the projection has followed the convention it tells of."""

LEASE = timedelta(minutes=5)
"""How long a worker may take over what it claimed before another one tries; far above every time limit of a call."""


def next_delay(channel: Channel, tries: int, asked: timedelta | None = None) -> timedelta | None:
    """Give the delay after `tries` failed attempts, no shorter than the receiver `asked`; None when it is given up."""
    if tries > len(RETRY_AFTER[channel]):
        return None
    planned = timedelta(seconds=RETRY_AFTER[channel][tries - 1])
    return max(planned, min(asked, LONGEST_ASKED)) if asked else planned
