"""For whom a caller may write."""

from uuid import UUID

from chassis.errors import NotFound
from chassis.http import own_organisation


def organisation_written_for(asked: UUID | None) -> UUID | None:
    """Give the organisation that a new recipient belongs to: a partner's own, whoever else's the office says.

    Raises NotFound when a partner asks for another's.
    """
    own = own_organisation()
    if own is not None and asked not in (None, own):
        raise NotFound("You act for no such organisation: leave organisation_id out, or give your own.")
    return own or asked
