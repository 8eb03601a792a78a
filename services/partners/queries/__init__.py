"""What one can ask: lists and objects, limited to what the asking organisation is party to where it is given."""

from services.partners.queries.charters import charter_signatures, charters
from services.partners.queries.conventions import convention, conventions
from services.partners.queries.identity import clients, published_keys
from services.partners.queries.mandates import mandate, mandates
from services.partners.queries.organisations import organisations

__all__ = [
    "charter_signatures",
    "charters",
    "clients",
    "convention",
    "conventions",
    "mandate",
    "mandates",
    "organisations",
    "published_keys",
]
