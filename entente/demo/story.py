"""The story, chapter by chapter: each happens on its day, moves the projection, and says what must be true after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.partners import ContributionKind
from entente.demo.amendment import amend_a_convention
from entente.demo.stage import Stage
from entente.demo.voices import Answer, Voice
from entente.loading import action_id, load, organisation_id
from entente.programme import Convention, Signatory

Truths = Mapping[str, bool]
REGION, UBAYE, DIGNE = "231300021", "200072304", "200067437"
"""SIREN of the Région, of the Ubaye valley's communauté de communes, and of the agglomération around Digne."""
PEOPLE = ((REGION, "Camille Roux", "fr"), (UBAYE, "Alex Martin", "en"), (DIGNE, "Dominique Faure", "fr"))
TOPICS = ("convention_in_force", "convention_terminated", "charter_asks", "tranche_due")
OFFICE_TOPICS = ("convention_terminated", "charter_lapsed")
SYSTEMS = ((REGION, "region"), (DIGNE, "agglomeration"))


@dataclass(frozen=True)
class Chapter:
    """Something that happens on a day; `play` gives what must be true after it, by name."""

    day: date
    title: str
    play: Callable[[Stage], Truths]


def load_the_programme(stage: Stage) -> Truths:
    """The deliberation's axes, mandate and reallocation, and every organisation of the registers."""
    loaded = load(stage.platform.services, stage.folder)
    stage.settle()
    mandates = stage.all("partners", "/v1/mandates")
    stage.notes["mandate_id"] = mandates[0]["id"]
    credit = stage.office.get("budget", "/v1/credits", programme=stage.programme.code).json
    return {
        "registers_loaded": loaded.organisations == len(stage.all("partners", "/v1/organisations")),
        "one_reallocation": len(stage.all("budget", "/v1/reallocations")) == 1,
        "fifty_thousand_available": credit["total"]["available"] == "50000.00",
        "nothing_secured_yet": _total(stage, "secured") == 0,
    }


def name_who_is_told(stage: Stage) -> Truths:
    """People to write to, and systems to call; the office wants to hear of what ends and of what is paid."""
    _told(stage.office, "Bureau du programme", "office@entente.example", "fr", OFFICE_TOPICS)
    _called(stage, stage.office, "office", ["partners.convention.terminated.v1", "budget.payment.recorded.v1"])
    for siren, name, language in PEOPLE:
        _told(stage.partner(siren), name, f"{siren}@partners.example", language)
    for siren, name in SYSTEMS:
        _called(stage, stage.partner(siren), name, ["partners.convention.*"])
    return {"four_people_are_told": len(stage.all("notifications", "/v1/stakeholders")) == 4}


def sign_the_charter(stage: Stage) -> Truths:
    """Each body signs for itself; each has a seat in the consultation body then."""
    charter = stage.all("partners", "/v1/charters", programme_code=stage.programme.code)[0]
    for signatory in stage.charter.signatories:
        voice = stage.partner(signatory.organisation)
        path = f"/v1/charters/{charter['id']}/signatures/{voice.organisation_id}"
        voice.put("partners", path, signature(stage, signatory, stage.charter.signed_on))
    stage.settle()
    seats = stage.all("actions", "/v1/seats", body="consultation", status="open")
    authority = organisation_id(stage.programme.authority)
    leaving = stage.office.get("partners", f"/v1/departures/{authority}", on=str(stage.charter.signed_on)).json
    return {
        "a_seat_for_each_signature_of_the_charter": len(seats) == len(stage.charter.signatories),
        "leaving_the_charter_says_what_it_touches": [seat["body"] for seat in leaving["seats"]] == ["consultation"],
    }


def commit_the_credit(stage: Stage) -> Truths:
    """The 50 000 € go to the scheme's governance: secured from now on."""
    reallocation = stage.all("budget", "/v1/reallocations")[0]
    committed = {
        "reallocation_id": reallocation["id"],
        "action_id": str(_action(stage, "4.1")),
        "year": reallocation["year"],
        "nature": "operating",
        "amount": reallocation["amount"],
        "mandate_id": stage.notes["mandate_id"],
    }
    stage.office.post("budget", "/v1/credit-commitments", committed)
    credit = stage.office.get("budget", "/v1/credits", programme=stage.programme.code).json
    stage.settle()
    mandate = stage.office.get("partners", f"/v1/mandates/{stage.notes['mandate_id']}").json
    left = {each["act"]: each["remaining"] for one in mandate["authorisations"] for each in one["draws"]}
    return {
        "the_mandate_says_what_remains": (left["reallocate_credit"], left["commit_credit"]) == ("0.00", "0.00"),
        "no_credit_left": credit["total"]["available"] == "0.00",
        "credit_is_secured": Decimal(stage.projection()["4"]["secured"]) == Decimal(reallocation["amount"]),
    }


def propose_conventions(stage: Stage) -> Truths:
    """Five conventions are drafted and proposed: their cash is sought."""
    for convention in stage.invented.conventions:
        drafted = stage.office.post("partners", "/v1/conventions", draft(stage, convention))
        stage.conventions[convention.key] = stage.office.post(
            "partners", f"/v1/conventions/{drafted.json['id']}/proposal"
        )
    stage.settle()
    promised = sum((_cash(convention) for convention in stage.invented.conventions), Decimal(0))
    return {"proposed_cash_is_sought": _total(stage, "sought") == promised}


def sign_conventions(stage: Stage) -> Truths:
    """Three are signed by all their parties; of a fourth, one signature is awaited."""
    for key, last in {"telemedecine": None, "tiers-lieux": None, "dematerialisation": None, "hebergement": 1}.items():
        for party in _convention(stage, key).parties[:last]:
            sign(stage, key, party, stage.partner(party.organisation), date(2017, 11, 14))
    stage.settle()
    stage.wait_for_deliveries()  # in life months go by before one is terminated, and its mail would have nothing to say
    secured = sum(
        (_cash(_convention(stage, key)) for key in ("telemedecine", "tiers-lieux", "dematerialisation")), Decimal(0)
    )
    seats = stage.all("actions", "/v1/seats", body="steering", status="open")
    return {
        "last_signature_puts_in_force": _in_force(stage) == 3,
        "cash_in_force_is_secured": _total(stage, "secured") == secured + stage.programme.reallocation.amount,
        "a_seat_for_each_party_in_force": len(seats) == 9,
    }


def refuse_a_convention(stage: Stage) -> Truths:
    """The Région refuses one proposal: what it would have brought is no longer sought."""
    before = _total(stage, "sought")
    region = stage.partner(REGION)
    refusal = {"organisation_id": str(region.organisation_id), "reason": "À représenter avec le schéma régional"}
    stage.conventions["tourisme"] = region.post(
        "partners", f"/v1/conventions/{_id(stage, 'tourisme')}/refusal", refusal
    )
    stage.settle()
    return {"refused_is_no_longer_sought": before - _total(stage, "sought") == _cash(_convention(stage, "tourisme"))}


def pay(stage: Stage) -> Truths:
    """The first tranche of telemedicine is paid, and one of another convention with a zero too few."""
    _pay(stage, "telemedecine", "40000.00", date(2017, 12, 5), "Mandat 2017-4411")
    _pay(stage, "dematerialisation", "2000.00", date(2017, 12, 5), "Mandat 2017-4412")
    return {"payments_are_received": _total(stage, "received") == Decimal("42000.00")}


def mend_a_mistake(stage: Stage) -> Truths:
    """The wrong amount is taken back by an entry of its own, then recorded as it was."""
    received = stage.all("budget", "/v1/entries", measure="received")
    wrong = next(entry for entry in received if entry["amount"] == "2000.00")
    reason = {"reason": "Un zéro manquait : le mandat est de 20 000,00 €"}
    stage.office.post("budget", f"/v1/entries/{wrong['id']}/reversal", reason)
    _pay(stage, "dematerialisation", "20000.00", date(2017, 12, 5), "Mandat 2017-4412")
    entries = stage.all("budget", "/v1/entries", measure="received")
    return {
        "mistake_is_mended": _total(stage, "received") == Decimal("60000.00"),
        "nothing_was_erased": len(entries) == 4,
    }


CHAPTERS = (
    Chapter(date(2017, 7, 10), "The deliberation is loaded", load_the_programme),
    Chapter(date(2017, 9, 4), "Who will be told, and how", name_who_is_told),
    Chapter(date(2017, 9, 12), "Eight bodies sign the charter", sign_the_charter),
    Chapter(date(2017, 10, 2), "The 50 000 € are committed to an action", commit_the_credit),
    Chapter(date(2017, 10, 20), "Five conventions are proposed", propose_conventions),
    Chapter(date(2017, 11, 14), "Three are signed by all, one by half", sign_conventions),
    Chapter(date(2017, 11, 20), "One is refused", refuse_a_convention),
    Chapter(date(2017, 12, 6), "Two tranches are paid, one wrongly typed", pay),
    Chapter(date(2017, 12, 8), "The mistake is mended", mend_a_mistake),
    Chapter(date(2018, 2, 1), "One convention is amended", amend_a_convention),
)


def draft(stage: Stage, convention: Convention) -> dict[str, Any]:
    """Write a convention of the folder as the API reads it; the authority names its mandate."""
    parties = [
        {
            "organisation_id": str(organisation_id(party.organisation)),
            "role": party.role,
            **_mandate(stage, party.organisation),
        }
        for party in convention.parties
    ]
    lines = [
        {
            "organisation_id": str(organisation_id(line.organisation)),
            "action_id": str(_action(stage, line.action)),
            "kind": line.kind,
            "nature": line.nature,
            "vat_basis": line.vat_basis,
            "description": line.description,
            "fte": str(line.fte) if line.fte else None,
            "tranches": [_plain(asdict(tranche)) for tranche in line.tranches],
        }
        for line in convention.lines
    ]
    return {
        "programme_code": stage.programme.code,
        "title": convention.title,
        "starts_on": convention.starts_on.isoformat(),
        "ends_on": convention.ends_on.isoformat(),
        "illustrative": convention.illustrative,
        "parties": parties,
        "lines": lines,
    }


def sign(stage: Stage, key: str, signatory: Signatory, voice: Voice, day: date) -> Answer:
    """Sign a convention of the story for a party."""
    convention = stage.conventions[key]
    path = f"/v1/conventions/{convention.json['id']}/signatures/{organisation_id(signatory.organisation)}"
    signed = voice.put("partners", path, signature(stage, signatory, day), match=convention.etag)
    stage.conventions[key] = signed
    return signed


def signature(stage: Stage, signatory: Signatory, day: date) -> dict[str, Any]:
    """Say how somebody of the story signs, the authority under its mandate."""
    return {
        "signed_on": day.isoformat(),
        "signatory": {"name": f"Signataire de {signatory.organisation}", "capacity": signatory.capacity},
        "level": "in_person",
        **_mandate(stage, signatory.organisation),
    }


def _mandate(stage: Stage, siren: str) -> dict[str, str]:
    return {"mandate_id": stage.notes["mandate_id"]} if siren == stage.programme.authority else {}


def _told(voice: Voice, name: str, email: str, language: str, topics: Sequence[str] = TOPICS) -> None:
    facts = {
        "organisation_id": str(voice.organisation_id) if voice.organisation_id else None,
        "name": name,
        "email": email,
        "language": language,
        "standing": "decider",
        "topics": list(topics),
    }
    voice.post("notifications", "/v1/stakeholders", facts)


def _called(stage: Stage, voice: Voice, name: str, events: list[str]) -> None:
    organisation = str(voice.organisation_id) if voice.organisation_id else None
    facts = {
        "organisation_id": organisation,
        "url": stage.sink.webhook_url(name),
        "description": name,
        "events": events,
    }
    stage.sink.expect(name, voice.post("notifications", "/v1/endpoints", facts).json["secret"])


def _pay(stage: Stage, key: str, amount: str, day: date, reference: str) -> None:
    tranche = stage.conventions[key].json["lines"][0]["tranches"][0]
    payment = {
        "tranche_id": tranche["tranche_id"],
        "amount": amount,
        "paid_on": day.isoformat(),
        "reference": reference,
    }
    stage.office.post("budget", "/v1/payments", payment)


def _convention(stage: Stage, key: str) -> Convention:
    return next(each for each in stage.invented.conventions if each.key == key)


def _id(stage: Stage, key: str) -> str:
    return str(stage.conventions[key].json["id"])


def _action(stage: Stage, code: str) -> UUID:
    return action_id(stage.programme.code, code)


def _cash(convention: Convention) -> Decimal:
    lines = (line for line in convention.lines if line.kind is ContributionKind.CASH)
    return sum((tranche.amount for line in lines for tranche in line.tranches), Decimal(0))


def _in_force(stage: Stage) -> int:
    return len(stage.all("partners", "/v1/conventions", status="in_force"))


def _total(stage: Stage, measure: str) -> Decimal:
    return sum((Decimal(row[measure]) for row in stage.projection().values()), Decimal(0))


def _plain(tranche: dict[str, Any]) -> dict[str, Any]:
    return {**tranche, "amount": str(tranche["amount"]), "due_on": tranche["due_on"].isoformat()}
