"""What one can ask: lists and objects, limited to what the asking organisation is party to where it is given."""

from services.partners.queries.amendments import amendment, amendments, amendments_of_all
from services.partners.queries.charters import charter_signatures, charters
from services.partners.queries.conventions import convention, conventions, texts
from services.partners.queries.deadlines import deadlines
from services.partners.queries.departures import departure
from services.partners.queries.identity import clients, published_keys
from services.partners.queries.mandates import draws, mandate, mandate_told, mandates
from services.partners.queries.organisations import (
    contacts,
    every_organisation,
    import_changes,
    import_remarks,
    imports,
    organisation,
    organisations,
)

__all__ = [
    "amendment",
    "amendments",
    "amendments_of_all",
    "charter_signatures",
    "charters",
    "clients",
    "contacts",
    "convention",
    "conventions",
    "deadlines",
    "departure",
    "draws",
    "every_organisation",
    "import_changes",
    "import_remarks",
    "imports",
    "mandate",
    "mandate_told",
    "mandates",
    "organisation",
    "organisations",
    "published_keys",
    "texts",
]
