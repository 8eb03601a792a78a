"""Who may do what on the notifications door: a partner manages its own recipients, an operator mends deliveries."""

from chassis.identity import PUBLIC, Reach, Rights, Role

_READ = {
    Role.PROGRAMME_OFFICE: Reach.ALL,
    Role.OPERATOR: Reach.ALL,
    Role.AUDITOR: Reach.ALL,
    Role.PARTNER: Reach.OWN,
}
_MANAGE = {Role.PROGRAMME_OFFICE: Reach.ALL, Role.PARTNER: Reach.OWN}

RIGHTS: Rights = {
    "stakeholders.list_stakeholders": _READ,
    "stakeholders.show_stakeholder": _READ,
    "stakeholders.add_stakeholder": _MANAGE,
    "stakeholders.change_stakeholder": _MANAGE,
    "stakeholders.remove_stakeholder": _MANAGE,
    "endpoints.list_endpoints": _READ,
    "endpoints.show_endpoint": _READ,
    "endpoints.add_endpoint": _MANAGE,
    "endpoints.change_endpoint": _MANAGE,
    "endpoints.remove_endpoint": _MANAGE,
    "endpoints.test_endpoint": _MANAGE,
    "deliveries.list_deliveries": _READ,
    "deliveries.show_delivery": _READ,
    "deliveries.show_content": {Role.PROGRAMME_OFFICE: Reach.ALL, Role.OPERATOR: Reach.ALL},
    "deliveries.retry_delivery": {Role.OPERATOR: Reach.ALL},
    "unsubscriptions.show_unsubscription": PUBLIC,
    "unsubscriptions.unsubscribe": PUBLIC,
}
