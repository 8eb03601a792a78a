"""Who may do what on the partners door: a partner sees and does only what it is party to."""

from chassis.identity import PUBLIC, Reach, Rights, Role

_OFFICE = {Role.PROGRAMME_OFFICE: Reach.ALL}
_OFFICE_OR_ITSELF = {**_OFFICE, Role.PARTNER: Reach.OWN}
_STAFF_READS = {Role.PROGRAMME_OFFICE: Reach.ALL, Role.OPERATOR: Reach.ALL, Role.AUDITOR: Reach.ALL}
_EVERYONE_READS = {**_STAFF_READS, Role.PARTNER: Reach.ALL}
_STAFF_READS_OTHERS_THEIRS = {**_STAFF_READS, Role.PARTNER: Reach.OWN}
_EVERYONE = _EVERYONE_READS

RIGHTS: Rights = {
    "organisations.list_organisations": _EVERYONE_READS,
    "organisations.show_organisation": _EVERYONE_READS,
    "organisations.register_organisation": _OFFICE,
    "organisations.change_organisation": _OFFICE,
    "organisations.merge_organisations": _OFFICE,
    "organisations.export_register": _EVERYONE_READS,
    "contacts.list_contacts": _STAFF_READS_OTHERS_THEIRS,
    "contacts.add_contact": _OFFICE_OR_ITSELF,
    "contacts.change_contact": _OFFICE_OR_ITSELF,
    "contacts.remove_contact": _OFFICE_OR_ITSELF,
    "imports.list_imports": _STAFF_READS,
    "imports.show_import": _STAFF_READS,
    "imports.list_remarks": _STAFF_READS,
    "imports.import_register": _OFFICE,
    "charters.list_charters": _EVERYONE_READS,
    "charters.show_charter": _EVERYONE_READS,
    "charters.publish_charter": _OFFICE,
    "charters.list_signatures": _STAFF_READS_OTHERS_THEIRS,
    "charters.sign_charter": _OFFICE_OR_ITSELF,
    "charters.show_withdrawal": _STAFF_READS_OTHERS_THEIRS,
    "charters.withdraw_from_charter": _OFFICE_OR_ITSELF,
    "mandates.list_mandates": _STAFF_READS_OTHERS_THEIRS,
    "mandates.show_mandate": _STAFF_READS_OTHERS_THEIRS,
    "mandates.record_mandate": _OFFICE,
    "mandates.complete_mandate": _OFFICE,
    "mandates.list_draws": _STAFF_READS_OTHERS_THEIRS,
    "mandates.delegate_signature": _OFFICE,
    "mandates.end_delegation": _OFFICE,
    "conventions.list_conventions": _STAFF_READS_OTHERS_THEIRS,
    "conventions.show_convention": _STAFF_READS_OTHERS_THEIRS,
    "conventions.draft_convention": _OFFICE,
    "conventions.change_convention": _OFFICE,
    "conventions.propose_convention": _OFFICE,
    "conventions.sign_convention": _OFFICE_OR_ITSELF,
    "conventions.refuse_convention": _OFFICE_OR_ITSELF,
    "conventions.withdraw_convention": _OFFICE,
    "conventions.terminate_convention": _OFFICE,
    "departures.show_departure": _STAFF_READS_OTHERS_THEIRS,
    "deadlines.list_deadlines": _STAFF_READS_OTHERS_THEIRS,
    "conventions.list_texts": _STAFF_READS_OTHERS_THEIRS,
    "convention_models.show_convention_model": _EVERYONE_READS,
    "convention_models.change_convention_model": _OFFICE,
    "identity.grant_token": PUBLIC,
    "identity.publish_keys": PUBLIC,
    "identity.sign_in": PUBLIC,
    "identity.sign_out": _EVERYONE,
    "identity.invite": _OFFICE,
    "clients.list_clients": _STAFF_READS,
    "clients.register_client": _OFFICE,
    "clients.revoke_client": _OFFICE,
}
