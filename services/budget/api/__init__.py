"""The HTTP door: the projection and what explains it, and the acts that move money."""

from services.budget.api import credit, departures, envelopes, ledger, payments, projection
from services.budget.domain.rights import RIGHTS

__all__ = ["BLUEPRINTS", "RIGHTS", "TITLE"]

TITLE = "Entente: budget"

BLUEPRINTS = [
    projection.projection,
    projection.changes,
    projection.discrepancies,
    ledger.entries,
    payments.tranches,
    payments.payments,
    envelopes.envelopes,
    credit.reallocations,
    credit.credits_,
    credit.credit_commitments,
    departures.departures,
]
