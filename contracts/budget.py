"""What budget announces: envelopes, movements of credit, payments, and what each of them does to the projection."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.events import Event, VatBasis, event
from contracts.partners import BY_VALUE, Nature


@event(
    "budget.envelope.revised.v1",
    subject="envelope_id",
    example={
        "envelope_id": "0198c9a0-0000-7000-8000-000000000030",
        "programme_code": "SUN04",
        "axis_code": "2",
        "version": 1,
        "amount": "2000000.00",
        "vat_basis": "TTC",
        "mandate_number": "2017-118",
        "reason": "Estimation de la délibération",
    },
)
class EnvelopeRevised(Event):
    """An axis's estimate was replaced by a new version (IATI: budgets are replaced, not changed by delta)."""

    envelope_id: UUID
    programme_code: str
    axis_code: str
    version: int
    amount: Decimal
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    mandate_number: str | None = None
    reason: str | None = None


@event(
    "budget.credit.reallocated.v1",
    subject="reallocation_id",
    example={
        "reallocation_id": "0198c9a0-0000-7000-8000-000000000031",
        "programme_code": "SUN04",
        "from_line": "Révision du SDAN04",
        "to_line": "Actions du schéma des usages numériques",
        "year": 2017,
        "amount": "50000.00",
        "organisation_id": "5b1f3c1e-7d5e-5a51-9c39-4f3f6a7f0a04",
        "mandate_id": "0198c9a0-0000-7000-8000-000000000003",
        "mandate_number": "2017-118",
    },
)
class CreditReallocated(Event):
    """Credit moved from one budget line to another: available, and not yet secured."""

    reallocation_id: UUID
    programme_code: str
    from_line: str
    to_line: str
    year: int
    amount: Decimal
    organisation_id: UUID
    mandate_id: UUID
    mandate_number: str


@event(
    "budget.credit.committed.v1",
    subject="credit_commitment_id",
    example={
        "credit_commitment_id": "0198c9a0-0000-7000-8000-000000000032",
        "reallocation_id": "0198c9a0-0000-7000-8000-000000000031",
        "programme_code": "SUN04",
        "action_id": "0198c9a0-0000-7000-8000-000000000010",
        "action_code": "2.1",
        "funder_id": "5b1f3c1e-7d5e-5a51-9c39-4f3f6a7f0a04",
        "year": 2017,
        "nature": "operating",
        "amount": "30000.00",
        "mandate_id": "0198c9a0-0000-7000-8000-000000000003",
        "mandate_number": "2017-118",
    },
)
class CreditCommitted(Event):
    """Available credit was committed to an action: secured from now on."""

    credit_commitment_id: UUID
    reallocation_id: UUID
    programme_code: str
    action_id: UUID
    action_code: str
    funder_id: UUID
    year: int
    nature: Nature = field(metadata=BY_VALUE)
    amount: Decimal
    mandate_id: UUID
    mandate_number: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Cash in the programme's VAT basis, in euros; gap = need - secured."""

    need: Decimal
    sought: Decimal
    secured: Decimal
    received: Decimal
    gap: Decimal


_BEFORE = {"need": "180000.00", "sought": "80000.00", "secured": "0.00", "received": "0.00", "gap": "180000.00"}
_AFTER = {"need": "180000.00", "sought": "0.00", "secured": "80000.00", "received": "0.00", "gap": "100000.00"}


@event(
    "budget.projection.changed.v1",
    subject="action_id",
    example={
        "action_id": "0198c9a0-0000-7000-8000-000000000010",
        "action_code": "2.1",
        "axis_code": "2",
        "programme_code": "SUN04",
        "before": _BEFORE,
        "after": _AFTER,
        "axis_gap_before": "1600000.00",
        "axis_gap_after": "1520000.00",
        "because": "SUN-2017-014",
    },
)
class ProjectionChanged(Event):
    """An action's figures moved; `because` names the convention, payment or act that moved them."""

    action_id: UUID
    action_code: str
    axis_code: str
    programme_code: str
    before: Figures
    after: Figures
    axis_gap_before: Decimal
    axis_gap_after: Decimal
    because: str


@event(
    "budget.payment.recorded.v1",
    subject="payment_id",
    example={
        "payment_id": "0198c9a0-0000-7000-8000-000000000033",
        "programme_code": "SUN04",
        "convention_id": "0198c9a0-0000-7000-8000-000000000015",
        "convention_reference": "SUN-2017-014",
        "tranche_id": "0198c9a0-0000-7000-8000-000000000013",
        "funder_id": "0198c9a0-0000-7000-8000-000000000011",
        "action_id": "0198c9a0-0000-7000-8000-000000000010",
        "amount": "30000.00",
        "paid_on": "2017-12-05",
        "reference": "Mandat 2017-4411",
    },
)
class PaymentRecorded(Event):
    """A tranche, or part of it, was paid."""

    payment_id: UUID
    programme_code: str
    convention_id: UUID
    convention_reference: str
    tranche_id: UUID
    funder_id: UUID
    action_id: UUID
    amount: Decimal
    paid_on: date
    reference: str | None = None


@event(
    "budget.entry.reversed.v1",
    subject="entry_id",
    example={
        "entry_id": "0198c9a0-0000-7000-8000-000000000034",
        "reversed_entry_id": "0198c9a0-0000-7000-8000-000000000035",
        "programme_code": "SUN04",
        "action_id": "0198c9a0-0000-7000-8000-000000000010",
        "funder_id": "0198c9a0-0000-7000-8000-000000000011",
        "measure": "received",
        "amount": "-30000.00",
        "reason": "Saisi deux fois",
        "author": "person:0198c9a0-0000-7000-8000-000000000040",
        "credit_commitment_id": None,
        "payment_id": "0198c9a0-0000-7000-8000-000000000033",
    },
)
class EntryReversed(Event):
    """A mistake was mended by an entry of the opposite amount; nothing was rewritten."""

    entry_id: UUID
    reversed_entry_id: UUID
    programme_code: str
    action_id: UUID
    funder_id: UUID | None = None
    measure: str
    amount: Decimal
    reason: str
    author: str
    credit_commitment_id: UUID | None = None
    payment_id: UUID | None = None
