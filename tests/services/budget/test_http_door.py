"""The HTTP door: real PostgreSQL, signed tokens, every answer as its caller gets it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis import clock
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.money import VatBasis
from chassis.testing import deliver
from chassis.testing_http import ApiClient
from contracts.partners import ConventionStatus
from services.budget import queries
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import (
    CLOUD,
    COMMUNE,
    DEPARTEMENT,
    FIRST,
    MANDATE,
    REGION,
    SECOND,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_mandate,
    a_programme,
    a_tranche,
    an_action,
)
from tests.services.budget.given import a_running_programme, ask, changes, entries, figures, said

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("adds_up")]


@pytest.fixture(autouse=True)
def in_the_programmes_time() -> Iterator[None]:
    clock.travel_to(datetime(2017, 12, 20, 10, tzinfo=UTC))
    yield
    clock.travel_back()


@pytest.fixture
def office(door: ApiClient) -> ApiClient:
    """The programme office; the Région's convention is in force."""
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    return door.as_(Role.PROGRAMME_OFFICE, subject="person:1")


def pay(office: ApiClient, amount: str = "10000.00", tranche: Any = FIRST, **more: Any) -> Any:
    body = {"tranche_id": str(tranche.tranche_id), "amount": amount, "paid_on": "2017-12-05", **more}
    return office.post("/v1/payments", json=body)


def reallocate(office: ApiClient, amount: str = "50000.00", **more: Any) -> Any:
    body = {"from_line": "Révision du SDAN04", "to_line": "Actions du schéma", "year": 2017, "amount": amount}
    return office.post("/v1/reallocations", json={**body, "mandate_id": str(MANDATE), **more})


def commit(office: ApiClient, reallocation_id: str, amount: str = "30000.00", **more: Any) -> Any:
    body = {"reallocation_id": reallocation_id, "action_id": str(TELEMEDICINE), "nature": "operating", "amount": amount}
    return office.post("/v1/credit-commitments", json={**body, "mandate_id": str(MANDATE), **more})


def reverse(office: ApiClient, entry_id: str, reason: str = "Saisi deux fois") -> Any:
    return office.post(f"/v1/entries/{entry_id}/reversal", json={"reason": reason})


def test_a_payment_is_received_and_leaves_the_gap_as_it_is(office: ApiClient) -> None:
    answer = pay(office, reference="Mandat 2017-4411")

    assert answer.status_code == 201
    assert figures()["2"] == ("180000", "0", "80000", "10000")
    [told] = said("payment.recorded.v1")
    assert (told["payment_id"], told["amount"], told["sequence"]) == (answer.json["id"], "10000.00", 1)
    assert (changes()[-1]["because"], changes()[-1]["after"]["gap"]) == ("Mandat 2017-4411", "100000.00")


def test_the_same_payment_sent_twice_is_recorded_once(office: ApiClient) -> None:
    body = {"tranche_id": str(FIRST.tranche_id), "amount": "10000.00", "paid_on": "2017-12-05"}

    first, again = (office.post("/v1/payments", json=body, idempotency_key="payment-4411") for _ in range(2))

    assert first.json == again.json
    assert figures()["2"][3] == "10000"


def test_a_payment_cannot_exceed_what_is_secured_and_not_received(office: ApiClient) -> None:
    pay(office, "20000.00")

    refused = pay(office, "10000.01")

    assert (refused.status_code, "10000.00 €" in refused.json["detail"]) == (409, True)
    assert figures()["2"][3] == "20000"


def test_a_payment_of_tomorrow_is_refused(office: ApiClient) -> None:
    assert pay(office, paid_on="2017-12-21").status_code == 409


def test_a_payment_of_an_unknown_tranche_is_not_found(office: ApiClient) -> None:
    assert pay(office, tranche=a_tranche(name="nobody's")).status_code == 404


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001", "douze"])
def test_a_payment_is_a_positive_amount_to_the_cent(office: ApiClient, amount: str) -> None:
    assert pay(office, amount).status_code == 422


def test_what_was_received_ahead_survives_a_termination_until_it_is_reversed(office: ApiClient) -> None:
    paid = pay(office, "20000.00", SECOND).json
    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.TERMINATED))
    assert figures()["2"] == ("180000", "0", "50000", "20000")

    reverse(office, paid["entry_id"])

    assert figures()["2"] == ("180000", "0", "30000", "0")


def test_a_payment_taken_back_leaves_both_entries_with_reason_and_author(office: ApiClient) -> None:
    paid = pay(office).json

    mended = reverse(office, paid["entry_id"]).json

    assert (mended["amount"], mended["reverses"]) == ("-10000.00", paid["entry_id"])
    assert (mended["reason"], mended["author"], mended["cause"]) == ("Saisi deux fois", "person:1", "reversal")
    assert ask(office, f"/v1/entries/{paid['entry_id']}")["reversed_by"] == mended["id"]
    assert ask(office, "/v1/payments")["items"][0]["reversed_by"] == mended["id"]
    assert figures()["2"] == ("180000", "0", "80000", "0")
    [told] = said("entry.reversed.v1")
    assert (told["reversed_entry_id"], told["amount"], told["payment_id"]) == (
        paid["entry_id"],
        "-10000.00",
        paid["id"],
    )


def test_a_mistake_is_taken_back_once(office: ApiClient) -> None:
    paid = pay(office).json
    mended = reverse(office, paid["entry_id"]).json

    assert reverse(office, paid["entry_id"]).status_code == 409
    assert reverse(office, mended["id"]).status_code == 409
    assert figures()["2"][3] == "0"


def test_what_follows_from_a_convention_is_mended_there(office: ApiClient) -> None:
    refused = reverse(office, str(entries()[-1].id))

    assert refused.status_code == 409
    assert "amend or terminate the convention" in refused.json["detail"]


def test_an_unknown_entry_is_not_found(office: ApiClient) -> None:
    assert reverse(office, str(new_id())).status_code == 404
    assert office.get(f"/v1/entries/{new_id()}").status_code == 404


def test_a_reversal_says_why(office: ApiClient) -> None:
    assert reverse(office, pay(office).json["entry_id"], reason="").status_code == 422


def test_a_payment_is_taken_back_where_its_action_has_moved(office: ApiClient) -> None:
    paid = pay(office).json
    deliver(BudgetWorker.record_need, an_action(axis_code="4", changed=True))

    reverse(office, paid["entry_id"])

    assert figures() == {"4": ("200000", "0", "80000", "0")}


def test_a_payment_is_taken_back_after_an_amendment_moved_its_tranche(office: ApiClient) -> None:
    paid = pay(office).json
    moved = a_convention(version=2, sequence=9, lines=(a_line(action_id=CLOUD),))
    deliver(BudgetWorker.record_commitment, moved)
    assert figures()["4"] == ("20000", "0", "80000", "10000")

    reverse(office, paid["entry_id"])

    assert figures() == {"2": ("180000", "0", "0", "0"), "4": ("20000", "0", "80000", "0")}


def test_credit_that_moved_is_available_and_nothing_is_secured_by_it(office: ApiClient) -> None:
    moved = reallocate(office)

    assert (moved.status_code, moved.json["available"]) == (201, "50000.00")
    assert ask(office, "/v1/credits")["total"] == {
        "amount": "50000.00",
        "committed": "0.00",
        "available": "50000.00",
    }
    assert figures()["2"] == ("180000", "0", "80000", "0")
    [told] = said("credit.reallocated.v1")
    assert (told["mandate_number"], told["organisation_id"]) == ("2017-118", str(DEPARTEMENT))


def test_credit_committed_to_an_action_is_secured_by_whose_credit_it_is(office: ApiClient) -> None:
    committed = commit(office, reallocate(office).json["id"], year=2017)

    assert committed.status_code == 201
    assert figures(By.FUNDER)["Département"] == ("0", "0", "30000", "0")
    assert changes()[-1]["because"] == "Actions du schéma 2017"
    [told] = said("credit.committed.v1")
    assert (told["credit_commitment_id"], told["funder_id"]) == (committed.json["id"], str(DEPARTEMENT))


def test_credit_cannot_be_committed_twice(office: ApiClient) -> None:
    reallocation_id = reallocate(office).json["id"]
    commit(office, reallocation_id)

    assert commit(office, reallocation_id, "20000.01").status_code == 409
    assert commit(office, reallocation_id, "20000.00").status_code == 201


def test_credit_taken_back_is_available_again_under_its_mandate_too(office: ApiClient) -> None:
    reallocation_id = reallocate(office).json["id"]
    committed = commit(office, reallocation_id, "50000.00").json

    reverse(office, committed["entry_id"])

    assert ask(office, "/v1/credits")["total"]["available"] == "50000.00"
    assert ask(office, "/v1/credit-commitments")["items"][0]["reversed"] is True
    assert commit(office, reallocation_id, "50000.00").status_code == 201
    assert reverse(office, committed["entry_id"]).status_code == 409


def test_credit_belongs_to_its_budget_year(office: ApiClient) -> None:
    refused = commit(office, reallocate(office).json["id"], year=2018)

    assert (refused.status_code, "of 2017" in refused.json["detail"]) == (409, True)


def test_no_more_is_moved_than_the_mandate_allows(office: ApiClient) -> None:
    reallocate(office, "30000.00")

    assert reallocate(office, "20000.01").status_code == 409
    assert reallocate(office, "20000.00").status_code == 201


def test_a_mandate_that_is_not_known_here_yet_is_worth_a_second_try(office: ApiClient) -> None:
    refused = reallocate(office, mandate_id=str(new_id()))

    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "not-yet-known")


def test_a_mandate_must_authorise_it(office: ApiClient) -> None:
    other = new_id()
    deliver(BudgetWorker.record_mandate, a_mandate(mandate_id=other, authorises=("sign_charter",)))

    assert reallocate(office, mandate_id=str(other)).status_code == 409


def test_credit_is_committed_to_a_known_action_from_a_known_reallocation(office: ApiClient) -> None:
    reallocation_id = reallocate(office).json["id"]

    assert commit(office, reallocation_id, action_id=str(new_id())).status_code == 409
    assert commit(office, str(new_id())).status_code == 404


def test_credit_of_one_reallocation_can_be_listed(office: ApiClient) -> None:
    reallocation_id = reallocate(office).json["id"]
    commit(office, reallocation_id)

    of_it, of_another = (
        ask(office, f"/v1/credit-commitments?reallocation_id={each}")["items"] for each in (reallocation_id, new_id())
    )

    assert (len(of_it), of_another) == (1, [])
    assert [item["id"] for item in ask(office, "/v1/reallocations?programme=SUN04")["items"]] == [reallocation_id]


def test_credit_follows_its_action_to_another_axis_and_is_taken_back_there(office: ApiClient) -> None:
    committed = commit(office, reallocate(office).json["id"]).json
    deliver(BudgetWorker.record_need, an_action(axis_code="4", changed=True))
    assert figures()["4"] == ("200000", "0", "110000", "0")

    reverse(office, committed["entry_id"])

    assert figures() == {"4": ("200000", "0", "80000", "0")}


def revise(office: ApiClient, amount: str, if_match: int | None = None, axis: str = "2") -> Any:
    return office.put(f"/v1/envelopes/{axis}", json={"amount": amount, "reason": "Estimation"}, if_match=if_match)


def test_an_envelope_is_replaced_by_a_new_version_of_what_one_has_read(office: ApiClient) -> None:
    first = revise(office, "2000000.00")
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')

    assert revise(office, "1900000.00").status_code == 428
    assert revise(office, "1900000.00", if_match=7).status_code == 412
    assert revise(office, "1900000.00", if_match=1).json["version"] == 2

    assert [each["amount"] for each in ask(office, "/v1/envelopes/2")["items"]] == ["1900000.00", "2000000.00"]
    assert [each["amount"] for each in ask(office, "/v1/envelopes")["items"]] == ["1900000.00"]
    assert [told["version"] for told in said("envelope.revised.v1")] == [1, 2]


def test_the_same_envelope_again_makes_no_version(office: ApiClient) -> None:
    revise(office, "2000000.00")

    assert revise(office, "2000000.00").json["version"] == 1


def test_an_envelope_is_of_a_known_axis(office: ApiClient) -> None:
    assert revise(office, "1.00", axis="9").status_code == 404
    assert office.get("/v1/envelopes/2").status_code == 404


def test_envelopes_are_shown_with_whole_axes_and_never_with_a_part_of_them(office: ApiClient) -> None:
    revise(office, "2000000.00")
    revise(office, "1000000.00", axis="4")

    assert envelopes(office, "by=axis") == ["2000000.00", "1000000.00", "3000000.00"]
    assert envelopes(office, "by=axis&axis=2") == ["2000000.00", "2000000.00"]
    assert envelopes(office, "by=programme") == ["3000000.00", "3000000.00"]
    assert envelopes(office, "by=axis&year=2017") == [None, None, None]
    assert envelopes(office, "by=year") == [None, None, None]


def envelopes(office: ApiClient, question: str) -> list[str | None]:
    shown = ask(office, f"/v1/projection?{question}")
    return [row["envelope"] for row in (*shown["rows"], shown["total"])]


@pytest.mark.parametrize(("path", "query"), [("/v1/projection", ""), ("/v1/projection/explanation", "&measure=need")])
def test_the_description_says_that_a_programme_may_be_unknown(office: ApiClient, path: str, query: str) -> None:
    described = ask(office, "/openapi.json")["paths"][path]["get"]["responses"]

    assert office.get(f"{path}?programme=SUN99{query}").status_code == 404
    assert "404" in described


def test_every_cut_of_the_projection_has_the_same_total(office: ApiClient) -> None:
    totals = [ask(office, f"/v1/projection?by={by.value}")["total"] for by in (By.AXIS, By.ACTION, By.YEAR)]

    assert {(total["need"], total["secured"], total["gap"], total["coverage"]) for total in totals} == {
        ("200000.00", "80000.00", "120000.00", "0.4000")
    }


def test_a_funder_has_no_need_and_so_neither_gap_nor_coverage(office: ApiClient) -> None:
    shown = ask(office, "/v1/projection?by=funder")

    assert all(row[name] is None for row in [*shown["rows"], shown["total"]] for name in ("need", "gap", "coverage"))


def test_axes_and_actions_without_money_are_shown_too(office: ApiClient) -> None:
    rows = ask(office, "/v1/projection?by=action")["rows"]

    assert [(row["code"], row["secured"]) for row in rows] == [("2.1", "80000.00"), ("4.1", "0.00")]
    assert ask(office, "/v1/projection?by=axis&axis=4")["rows"][0]["label"] == "Socle accélérateur"


def test_actions_are_in_the_order_that_people_count_in(office: ApiClient) -> None:
    deliver(BudgetWorker.record_need, an_action(CLOUD, axis_code="2", code="2.10", changed=True))
    deliver(BudgetWorker.record_need, an_action(axis_code="2", code="2.9", changed=True))

    assert [row["code"] for row in ask(office, "/v1/projection?by=action")["rows"]] == ["2.9", "2.10"]


QUESTIONS = [
    Scope(),
    Scope(axis_code="2"),
    Scope(action_id=TELEMEDICINE),
    Scope(funder_id=REGION),
    Scope(year=2018),
    Scope(axis_code="2", action_id=TELEMEDICINE, funder_id=DEPARTEMENT, year=2017),
    Scope(axis_code="4"),
]


@pytest.mark.parametrize("scope", QUESTIONS)
def test_every_figure_is_the_sum_of_the_entries_that_explain_it(office: ApiClient, scope: Scope) -> None:
    commit(office, reallocate(office).json["id"])
    reverse(office, pay(office).json["entry_id"])
    pay(office, "700.00")

    with transaction() as session:
        total = queries.projection(session, By.AXIS, scope, seen_by=None).total
    assert total is not None
    for measure, amount in total.amounts.items():
        explained = explain(office, measure.value, scope)
        assert Decimal(explained["amount"]) == amount == sum(Decimal(each["amount"]) for each in explained["entries"])


def explain(office: ApiClient, measure: str, scope: Scope) -> Any:
    wanted = {name.removesuffix("_code").removesuffix("_id"): value for name, value in vars(scope).items() if value}
    return ask(office, "/v1/projection/explanation", query_string={"measure": measure, **wanted})


def test_an_explanation_goes_down_to_event_convention_and_mandate(office: ApiClient) -> None:
    explained = explain(office, "secured", Scope(action_id=TELEMEDICINE, year=2018))

    [entry] = explained["entries"]
    assert (entry["convention_reference"], entry["mandate_number"]) == ("SUN-2017-014", "2017-118")
    assert UUID(entry["event_id"]) == entries()[-1].event_id
    assert entry["correlation_id"] == entries()[-1].correlation_id


def test_a_long_explanation_comes_in_pages_with_the_whole_amount_on_each(office: ApiClient) -> None:
    first = ask(office, "/v1/projection/explanation?measure=secured&limit=1")
    second = ask(office, f"/v1/projection/explanation?measure=secured&limit=1&cursor={first['next']}")

    assert (first["amount"], second["amount"], second["next"]) == ("80000.00", "80000.00", None)
    assert first["entries"] != second["entries"]


def test_entries_are_listed_newest_first_and_narrowed(office: ApiClient) -> None:
    paid = pay(office).json

    assert ask(office, "/v1/entries?limit=1")["items"][0]["id"] == paid["entry_id"]
    assert len(ask(office, "/v1/entries?cause=convention&year=2018")["items"]) == 1


def test_tranches_tell_what_became_of_them(office: ApiClient) -> None:
    pay(office)

    first, second = ask(office, "/v1/tranches")["items"]

    assert (first["secured"], first["received"], first["payable"]) == ("30000.00", "10000.00", "20000.00")
    assert (second["year"], second["payable"]) == (2018, "50000.00")


def test_nothing_is_payable_before_a_convention_is_in_force(office: ApiClient) -> None:
    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.PROPOSED, convention_id=COMMUNE, lines=()))

    assert ask(office, f"/v1/tranches?convention_id={COMMUNE}")["items"] == []


def test_the_news_tell_what_each_event_did_to_the_figures(office: ApiClient) -> None:
    pay(office, reference="Mandat 2017-4411")

    news = ask(office, "/v1/changes?since=2017-01-01T00:00:00Z&programme=SUN04")["items"]

    told = {(item["cause"], item["because"]): (item["secured"], item["received"]) for item in news}
    assert told["payment", "Mandat 2017-4411"] == ("0.00", "10000.00")
    assert told["convention", "SUN-2017-014"] == ("80000.00", "0.00")
    assert len(ask(office, "/v1/changes?since=2030-01-01T00:00:00Z")["items"]) == 0


def test_with_several_programmes_one_names_which(office: ApiClient) -> None:
    deliver(BudgetWorker.record_programme, a_programme(programme_code="OTHER", vat_basis=VatBasis.HT))

    assert office.get("/v1/projection").status_code == 422
    assert office.get("/v1/projection?programme=NONE").status_code == 404
    assert ask(office, "/v1/projection?programme=SUN04")["total"]["secured"] == "80000.00"
    both = ask(office, "/v1/projection?by=programme")
    assert ([row["key"] for row in both["rows"]], both["total"]) == (["OTHER", "SUN04"], None)


def test_without_a_programme_there_is_nothing_to_show(door: ApiClient) -> None:
    assert door.as_(Role.AUDITOR).get("/v1/projection").status_code == 404
    assert ask(door.as_(Role.AUDITOR), "/v1/projection?by=programme")["rows"] == []
