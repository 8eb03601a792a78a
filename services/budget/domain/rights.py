"""Who may do what on the budget's door: figures are shared among partners, what is behind them is each party's own."""

from chassis.identity import Reach, Rights, Role

_WATCHERS = {Role.PROGRAMME_OFFICE: Reach.ALL, Role.OPERATOR: Reach.ALL, Role.AUDITOR: Reach.ALL}
_EVERYONE_READS = {**_WATCHERS, Role.PARTNER: Reach.ALL}
_PARTNER_READS_OWN = {**_WATCHERS, Role.PARTNER: Reach.OWN}
_OFFICE_DECIDES = {Role.PROGRAMME_OFFICE: Reach.ALL}

RIGHTS: Rights = {
    "projection.show_projection": _PARTNER_READS_OWN,
    "projection.explain": _PARTNER_READS_OWN,
    "entries.list_entries": _PARTNER_READS_OWN,
    "entries.show_entry": _PARTNER_READS_OWN,
    "entries.reverse_entry": _OFFICE_DECIDES,
    "changes.list_changes": _PARTNER_READS_OWN,
    "discrepancies.list_discrepancies": _WATCHERS,
    "tranches.list_tranches": _PARTNER_READS_OWN,
    "payments.list_payments": _PARTNER_READS_OWN,
    "payments.record_payment": _OFFICE_DECIDES,
    "envelopes.list_envelopes": _EVERYONE_READS,
    "envelopes.show_envelope": _EVERYONE_READS,
    "envelopes.revise_envelope": _OFFICE_DECIDES,
    "reallocations.list_reallocations": _PARTNER_READS_OWN,
    "reallocations.reallocate_credit": _OFFICE_DECIDES,
    "credits.list_credits": _PARTNER_READS_OWN,
    "credit_commitments.list_credit_commitments": _PARTNER_READS_OWN,
    "credit_commitments.commit_credit": _OFFICE_DECIDES,
    "departures.show_departure": _PARTNER_READS_OWN,
}
