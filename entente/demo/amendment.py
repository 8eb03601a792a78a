"""The chapter in which a convention in force is amended: what changes is shown, and counts from its day on."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from entente.demo.stage import Stage
from entente.loading import organisation_id
from entente.programme import Convention

KEY, AXIS = "telemedecine", "2"
MORE = Decimal("12345.67")
"""What the amendment adds to the last tranche, in euros."""
SIGNED_ON = date(2018, 1, 31)


def amend_a_convention(stage: Stage) -> dict[str, bool]:
    """The last tranche of telemedicine grows and comes later; all sign, and the projection follows to the cent."""
    before = stage.projection()[AXIS]
    amendment = _proposed(stage)
    for party in _convention(stage).parties:
        voice = stage.partner(party.organisation)
        path = f"/v1/amendments/{amendment.json['id']}/signatures/{organisation_id(party.organisation)}"
        amendment = voice.put("partners", path, _signature(stage, asdict(party)), match=amendment.etag)
    stage.settle()
    after = stage.projection()[AXIS]
    stage.notes["differences"] = amendment.json["differences"]
    entries = stage.all("budget", "/v1/entries", measure="secured")
    named = [Decimal(each["amount"]) for each in entries if each["amendment_number"] == 1]
    shown = [Decimal(each["after"]) - Decimal(each["before"]) for each in _amounts(amendment.json["differences"])]
    return {
        "the_amendment_is_in_force": amendment.json["status"] == "in_force",
        "the_difference_shown_is_the_one_booked": sum(shown) == sum(named) == MORE,
        "the_projection_follows_the_amendment": Decimal(after["secured"]) - Decimal(before["secured"]) == MORE,
        "the_text_before_the_amendment_stays": _versions(stage) == [1, 2],
    }


def _proposed(stage: Stage) -> Any:
    convention = stage.conventions[KEY].json
    last = convention["lines"][0]["tranches"][-1]
    changes = [
        {"kind": "amount", "tranche_id": last["tranche_id"], "amount": f"{Decimal(last['amount']) + MORE:.2f}"},
        {"kind": "tranche_changed", "tranche_id": last["tranche_id"], "due_on": "2018-09-30", "condition": "Sur bilan"},
    ]
    body = {"title": "Un cabinet de plus", "effective_on": "2018-02-01", "changes": changes}
    drafted = stage.office.post("partners", f"/v1/conventions/{convention['id']}/amendments", body)
    return stage.office.post("partners", f"/v1/amendments/{drafted.json['id']}/proposal")


def _signature(stage: Stage, party: dict[str, Any]) -> dict[str, Any]:
    signatory = {"name": f"Signataire de {party['organisation']}", "capacity": party["capacity"]}
    own = party["organisation"] == stage.programme.authority
    mandate = {"mandate_id": stage.notes["mandate_id"]} if own else {}
    return {"signed_on": SIGNED_ON.isoformat(), "signatory": signatory, "level": "in_person", **mandate}


def _amounts(differences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in differences if each["field"] == "amount"]


def _versions(stage: Stage) -> list[int]:
    path = f"/v1/conventions/{stage.conventions[KEY].json['id']}/texts"
    return [each["version"] for each in stage.all("partners", path)]


def _convention(stage: Stage) -> Convention:
    return next(each for each in stage.invented.conventions if each.key == KEY)
