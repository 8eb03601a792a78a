"""What one can ask of the money; nothing here changes anything."""

from services.budget.queries.acts import credit_commitments, credit_total, envelope_versions, reallocations
from services.budget.queries.departures import departure
from services.budget.queries.ledger import Explanation, changes, entry, explanation, filtered
from services.budget.queries.projection import By, Projection, current_envelopes, projection
from services.budget.queries.scope import Scope, programme_of
from services.budget.queries.tranches import payments, tranches
from services.budget.queries.verification import cell_differences, projected_actions, verify

__all__ = [
    "By",
    "Explanation",
    "Projection",
    "Scope",
    "cell_differences",
    "changes",
    "credit_commitments",
    "credit_total",
    "current_envelopes",
    "departure",
    "entry",
    "envelope_versions",
    "explanation",
    "filtered",
    "payments",
    "programme_of",
    "projected_actions",
    "projection",
    "reallocations",
    "tranches",
    "verify",
]
