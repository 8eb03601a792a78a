"""Who may do what on the actions door: a partner knows the whole programme, and the seats of bodies it sits in."""

from chassis.identity import Reach, Rights, Role

_EVERYONE_READS = {
    Role.PROGRAMME_OFFICE: Reach.ALL,
    Role.OPERATOR: Reach.ALL,
    Role.AUDITOR: Reach.ALL,
    Role.PARTNER: Reach.ALL,
}
_OFFICE_DECIDES = {Role.PROGRAMME_OFFICE: Reach.ALL}

RIGHTS: Rights = {
    "programmes.list_programmes": _EVERYONE_READS,
    "programmes.show_programme": _EVERYONE_READS,
    "programmes.define_programme": _OFFICE_DECIDES,
    "actions.list_actions": _EVERYONE_READS,
    "actions.show_action": _EVERYONE_READS,
    "actions.write_action": _OFFICE_DECIDES,
    "seats.list_seats": {**_EVERYONE_READS, Role.PARTNER: Reach.OWN},
}
