"""What the partnership lives through beside its money: a register, a ceiling, a new charter, deadlines, a departure.

All of it is invented and labelled so (`illustrative`); the deliberation's own facts stay as they are.
"""

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.service import serving
from contracts.partners import ContributionKind, Nature, PartyRole
from entente.demo.stage import Stage
from entente.demo.story import PEOPLE, UBAYE, Chapter, Truths, draft, signature
from entente.demo.voices import Answer
from entente.exits import Stopped
from entente.loading import organisation_id
from entente.programme import Convention, ConventionParty, Line, Signatory, Tranche
from services.partners.worker import PartnersWorker

LEAVER = "200034700"
"""SIREN of the communauté de communes that leaves."""
LATE = ("210401121", "240400440")
"""SIREN of the two that do not adhere to the charter's second version in time."""
REGISTER = (
    "nom;forme juridique;organisme public;rna;ville\n"
    "Association illustrative des tiers-lieux;Association;non;W043001234;Digne-les-Bains\n"
    "Association illustrative des aidants numériques;Association;non;W04300;Manosque\n"
    ";Association;non;;Sisteron\n"
)
"""Two invented associations, one with a number cut short, and a line without a name."""
PATIENCE = 20.0


def import_a_register(stage: Stage) -> Truths:
    """A file is tried, blocked by a line without a name, and imported without that line."""
    pass_the_day(stage)
    before = len(stage.all("partners", "/v1/organisations"))
    tried = _imported(stage, _send(stage, "associations-illustratives.csv"))
    untouched = len(stage.all("partners", "/v1/organisations")) == before
    path = f"/v1/organisations/imports/{tried['id']}"
    remarks = stage.all("partners", f"{path}/remarks")
    blocked = _imported(stage, stage.office.post("partners", f"{path}/confirmation", {}))
    done = _imported(stage, stage.office.post("partners", f"{path}/confirmation", {"leave_out": True}))
    stage.settle()
    return {
        "a_trial_changes_nothing": untouched and (tried["registered"], tried["refused"]) == (2, 1),
        "the_report_names_line_and_column": [(one["line"], one["column"]) for one in remarks if one["refused"]]
        == [(4, "name")],
        "a_wrong_line_blocks_the_file": (blocked["status"], blocked["registered"]) == ("refused", 0),
        "the_trial_becomes_the_import": (done["status"], done["registered"]) == ("done", 2)
        and len(stage.all("partners", "/v1/organisations")) == before + 2,
    }


def draw_on_a_ceiling(stage: Stage) -> Truths:
    """A valley's council lets its president sign up to 20 000 €: a second promise passes it, and needs a derogation."""
    mandate = stage.office.post("partners", "/v1/mandates", _ceiling(stage)).json
    first, second = (_proposed(stage, name, amount) for name, amount in (("A", "12000.00"), ("B", "15000.00")))
    _sign(stage, first, mandate)
    left = _left(stage, mandate)
    reason = _refusal(lambda: _sign(stage, second, mandate))
    derogation = {
        "document": "Décision illustrative n° 1",
        "decided_by": "Bureau communautaire",
        "decided_on": "2017-12-08",
        "reason": "Délibération complémentaire à la prochaine séance",
    }
    _sign(stage, second, mandate, derogation=derogation, evidence="Original illustratif, feuillet 2")
    stage.settle()
    draws = stage.all("partners", f"/v1/mandates/{mandate['id']}/draws")
    return {
        "the_ceiling_says_what_remains": left == "8000.00",
        "what_passes_a_ceiling_is_refused_with_what_is_left": "8000.00 € are left, 15000.00 € are asked for" in reason,
        "a_derogation_is_recorded_and_shown": sorted(one["amount"] for one in draws if one["derogated"])
        == ["15000.00"],
    }


def change_the_charter(stage: Stage) -> Truths:
    """A second version changes how votes count: everybody is asked again, six of eight adhere in time."""
    _name_a_signatory(stage)
    text = f"{stage.charter.text} La voix de chacun compte double pour les actions qui le concernent."
    version = {
        "programme_code": stage.programme.code,
        "title": stage.charter.title,
        "text": text,
        "material": True,
        "judgement": "La façon de compter les voix change (exemple illustratif)",
        "adhere_by": "2018-01-31",
    }
    charter = stage.office.post("partners", "/v1/charters", version).json
    stage.settle()
    stage.wait_for_deliveries()  # in life days go by before one adheres, and is then no longer asked
    region = Signatory(organisation="231300021", capacity="Directeur")
    reason = _refusal(lambda: _adhere(stage, charter, region))
    for signatory in stage.charter.signatories:
        if signatory.organisation not in LATE:
            _adhere(stage, charter, signatory)
    stage.settle()
    signed = stage.all("partners", f"/v1/charters/{charter['id']}/signatures")
    return {
        "adherents_are_asked_by_mail": _mails(stage, "Charte, version 2", "Charter, version 2")
        == sorted(f"{siren}@partners.example" for siren, _, _ in PEOPLE),
        "a_hand_not_recorded_does_not_sign": "recorded as Président, not as Directeur" in reason,
        "six_adhere_to_the_second_version": len(signed) == len(stage.charter.signatories) - len(LATE),
        "two_must_adhere_again": _adherences_ending(stage) == sorted(str(organisation_id(siren)) for siren in LATE),
    }


def let_time_pass(stage: Stage) -> Truths:
    """Deadlines were announced on their day; who did not adhere again has no seat any more."""
    pass_the_day(stage)
    stage.settle()
    stage.wait_for_deliveries()  # before the late ones join after all, and their lapse is no news any more
    due = stage.all("partners", "/v1/deadlines", since="2017-07-10", until="2018-02-01")
    heard = stage.all("partners", "/v1/events", type="partners.deadline.reached.v1")
    seats = stage.all("actions", "/v1/seats", body="consultation", status="open")
    return {
        "each_deadline_is_announced_once": sorted(each["subject_id"] for each in due)
        == sorted(each["data"]["subject_id"] for each in (_event(one) for one in heard)),
        "who_owes_a_tranche_is_told_by_mail": _mails(stage, "À verser le 15 décembre 2017")
        == ["231300021@partners.example"],
        "the_office_is_told_by_mail_who_no_longer_adheres": _mails(stage, "l’adhésion à la charte a pris fin")
        == ["office@entente.example"] * len(LATE),
        "who_did_not_adhere_again_lost_its_seat": len(seats) == len(stage.charter.signatories) - len(LATE),
    }


def leave(stage: Stage) -> Truths:
    """One leaves altogether: what both services foresaw, and wrote nothing of, is what then happens, to the cent."""
    who, on = str(organisation_id(LEAVER)), "2018-03-31"
    foreseen = stage.office.get("partners", f"/v1/departures/{who}", on=on).json
    cost = stage.office.get("budget", f"/v1/departures/{who}", on=on, programme=stage.programme.code).json
    before, seats = stage.projection(), _open_seats(stage)
    for convention in foreseen["conventions"]:
        ending = {"terminated_on": on, "reason": "Retrait du porteur", "organisation_id": who}
        stage.office.post("partners", f"/v1/conventions/{convention['id']}/termination", ending)
    for adherence in foreseen["adherences"]:
        path = f"/v1/charters/{adherence['charter_id']}/signatures/{who}/withdrawal"
        stage.office.post("partners", path, {"withdrawn_on": on, "reason": "Retrait du porteur"})
    stage.settle()
    after = stage.projection()
    lost = {axis: Decimal(row["secured"]) - Decimal(after[axis]["secured"]) for axis, row in before.items()}
    opened = {axis: Decimal(after[axis]["gap"]) - Decimal(row["gap"]) for axis, row in before.items()}
    named = {axis: amount for axis in before if (amount := _lost(cost, axis))}
    return {
        "undue_tranches_are_lost": sum(lost.values()) == Decimal("180000.00"),
        "the_gap_opens_again": opened == lost,
        "a_departure_costs_what_was_foreseen": {axis: one for axis, one in lost.items() if one} == named
        and Decimal(cost["total"]["gap_after"]) == sum(Decimal(row["gap"]) for row in after.values()),
        "the_seats_foreseen_are_closed": seats - _open_seats(stage) == {seat["id"] for seat in foreseen["seats"]},
    }


CHAPTERS = (
    Chapter(date(2017, 8, 28), "A register is tried, then imported", import_a_register),
    Chapter(date(2017, 12, 11), "A ceiling is drawn on, and derogated from", draw_on_a_ceiling),
    Chapter(date(2017, 12, 18), "The charter changes, six adhere again", change_the_charter),
    Chapter(date(2018, 2, 1), "Deadlines pass, two adherences lapse", let_time_pass),
    Chapter(date(2018, 3, 31), "One leaves, as it was foreseen", leave),
)


def pass_the_day(stage: Stage) -> None:
    """Let partners do what it does by the clock, without waiting for its timers."""
    with serving(stage.platform.services["partners"]):
        worker = PartnersWorker()
        worker.lapse_adherences()
        worker.announce_deadlines()


def _send(stage: Stage, name: str) -> Answer:
    told = {"name": name, "dry_run": "true"}
    return stage.office.send("partners", "/v1/organisations/imports", REGISTER.encode(), "text/csv", **told)


def _imported(stage: Stage, received: Answer) -> dict[str, Any]:
    """Give the report of an import once the worker is done with it."""
    until = time.monotonic() + PATIENCE
    report: dict[str, Any] = received.json
    while report["status"] in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.1)
        report = stage.office.get("partners", f"/v1/organisations/imports/{report['id']}").json
    return report


def _ceiling(stage: Stage) -> dict[str, Any]:
    return {
        "organisation_id": str(organisation_id(UBAYE)),
        "number": "ILLUSTRATIF-2017-1",
        "title": "Délégation illustrative pour signer des conventions",
        "body": "Conseil communautaire",
        "adopted_on": "2017-11-20",
        "enforceable_since": "2017-11-24",
        "authorisations": [
            {"acts": ["sign_conventions"], "ceiling": "20000.00", "vat_basis": stage.programme.vat_basis}
        ],
    }


def _proposed(stage: Stage, name: str, amount: str) -> Answer:
    tranche = Tranche(amount=Decimal(amount), due_on=date(2018, 10, 31))
    line = Line(
        organisation=UBAYE,
        action="1.1",
        kind=ContributionKind.CASH,
        nature=Nature.OPERATING,
        vat_basis=stage.programme.vat_basis,
        tranches=(tranche,),
    )
    convention = Convention(
        illustrative=True,
        key=f"ceiling-{name}",
        title=f"Médiation numérique itinérante, lot {name}",
        starts_on=date(2018, 1, 1),
        ends_on=date(2018, 12, 31),
        parties=(
            ConventionParty(organisation=stage.programme.authority, role=PartyRole.PROJECT_OWNER, capacity="Président"),
            ConventionParty(organisation=UBAYE, role=PartyRole.FUNDER, capacity="Présidente"),
        ),
        lines=(line,),
    )
    drafted = stage.office.post("partners", "/v1/conventions", draft(stage, convention)).json
    return stage.office.post("partners", f"/v1/conventions/{drafted['id']}/proposal")


def _sign(stage: Stage, convention: Answer, mandate: dict[str, Any], **more: Any) -> None:
    signatory = Signatory(organisation=UBAYE, capacity="Présidente")
    said = {**signature(stage, signatory, date(2017, 12, 11)), "mandate_id": mandate["id"], **more}
    path = f"/v1/conventions/{convention.json['id']}/signatures/{organisation_id(UBAYE)}"
    voice = stage.office if "derogation" in more else stage.partner(UBAYE)
    voice.put("partners", path, said, match=convention.etag)


def _left(stage: Stage, mandate: dict[str, Any]) -> str:
    shown = stage.office.get("partners", f"/v1/mandates/{mandate['id']}").json
    return str(next(each["remaining"] for one in shown["authorisations"] for each in one["draws"]))


def _refusal(ask: Callable[[], object]) -> str:
    """Give why something is refused; nothing where it is not."""
    try:
        ask()
    except Stopped as refused:
        return str(refused)
    return ""


def _name_a_signatory(stage: Stage) -> None:
    """The Région says who signs for it: from now on nobody else does."""
    region = stage.partner("231300021")
    contact = {
        "name": "Signataire de 231300021",
        "capacity": "Président",
        "may_sign": ["sign_charter", "sign_conventions"],
    }
    region.post("partners", f"/v1/organisations/{region.organisation_id}/contacts", contact)


def _adhere(stage: Stage, charter: dict[str, Any], signatory: Signatory) -> None:
    voice = stage.partner(signatory.organisation)
    path = f"/v1/charters/{charter['id']}/signatures/{voice.organisation_id}"
    voice.put("partners", path, signature(stage, signatory, date(2017, 12, 18)))


def _adherences_ending(stage: Stage) -> list[str]:
    ending = stage.all("partners", "/v1/deadlines", kind="charter_ending", until="2018-01-31")
    return sorted(each["organisation_id"] for each in ending)


def _mails(stage: Stage, *subjects: str) -> list[str]:
    """Give to whom mails went whose subject has one of these words, whatever spaces stand between them."""
    mails = ((mail, " ".join(mail["subject"].split())) for mail in stage.sink.arrivals()["mails"])
    return sorted(
        recipient
        for mail, subject in mails
        if any(each in subject for each in subjects)
        for recipient in mail["recipients"]
    )


def _open_seats(stage: Stage) -> set[str]:
    return {seat["id"] for seat in stage.all("actions", "/v1/seats", status="open")}


def _lost(cost: dict[str, Any], axis: str) -> Decimal:
    return sum((Decimal(row["secured_lost"]) for row in cost["rows"] if row["axis_code"] == axis), Decimal(0))


def _event(one: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = one.get("event", one)
    return event
