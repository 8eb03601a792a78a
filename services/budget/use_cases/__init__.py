"""What one can do with the money.

All lock in one order: mandates, credit, conventions, programmes, actions, axes, then cells.
"""

from services.budget.use_cases.commitments import record_commitments
from services.budget.use_cases.copies import record_mandate, record_organisation, record_programme
from services.budget.use_cases.credits import commit_credit, reallocate_credit
from services.budget.use_cases.envelopes import revise_envelope
from services.budget.use_cases.needs import record_needs
from services.budget.use_cases.payments import record_payment
from services.budget.use_cases.rebuilding import rebuild_cells
from services.budget.use_cases.reversals import reverse_entry

__all__ = [
    "commit_credit",
    "reallocate_credit",
    "rebuild_cells",
    "record_commitments",
    "record_mandate",
    "record_needs",
    "record_organisation",
    "record_payment",
    "record_programme",
    "reverse_entry",
    "revise_envelope",
]
