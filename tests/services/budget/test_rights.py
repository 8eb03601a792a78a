import pytest

from chassis.identity import Role
from chassis.testing import deliver
from chassis.testing_http import ApiClient, strangers_are_refused, walk_rights
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import COMMUNE, DEPARTEMENT, FIRST, REGION, STRANGER, a_convention, a_line
from tests.services.budget.given import a_running_programme, ask, entries

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget")]

LISTS = ("tranches", "payments", "reallocations", "credits", "credit-commitments", "entries?cause=convention")


@pytest.fixture
def paid(door: ApiClient) -> ApiClient:
    """The Région's convention with the Département is in force, and 10,000 € of it are paid."""
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    payment = {"tranche_id": str(FIRST.tranche_id), "amount": "10000.00", "paid_on": "2017-12-05"}
    assert door.as_(Role.PROGRAMME_OFFICE).post("/v1/payments", json=payment).status_code == 201
    return door


def test_every_endpoint_keeps_its_rights_for_every_role(door: ApiClient) -> None:
    assert walk_rights(door) == []


def test_an_entry_of_one_partner_is_not_there_for_another(paid: ApiClient) -> None:
    entry = next(each for each in entries() if each.convention_id)
    path = f"/v1/entries/{entry.id}"

    departure = f"/v1/departures/{REGION}?on=2018-03-31"
    examples = {"entries.show_entry": {"path": path}, "departures.show_departure": {"path": departure}}
    assert strangers_are_refused(paid, examples) == []
    assert paid.as_(Role.PARTNER, REGION).get(path).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_another_organisations_token_finds_nothing_of_it(paid: ApiClient, path: str) -> None:
    assert ask(paid.as_(Role.PARTNER, STRANGER), f"/v1/{path}")["items"] == []


@pytest.mark.parametrize("organisation_id", [REGION, DEPARTEMENT], ids=["funder", "party"])
@pytest.mark.parametrize("path", ["tranches", "payments", "entries?cause=convention"])
def test_a_party_finds_what_is_behind_its_conventions(paid: ApiClient, path: str, organisation_id: object) -> None:
    assert ask(paid.as_(Role.PARTNER, organisation_id), f"/v1/{path}")["items"] != []  # type: ignore[arg-type]


def test_partners_share_the_figures_by_axis_and_by_action(paid: ApiClient) -> None:
    for by in ("programme", "axis", "action", "year"):
        path = f"/v1/projection?by={by}"
        shown = ask(paid.as_(Role.PARTNER, STRANGER), path)

        assert shown == ask(paid.as_(Role.PROGRAMME_OFFICE), path)
        assert shown["total"]["secured"] == "80000.00"


def test_a_partner_sees_of_funders_only_its_own_part(paid: ApiClient) -> None:
    deliver(BudgetWorker.record_commitment, a_convention(convention_id=COMMUNE, lines=(a_line(COMMUNE, ()),)))

    seen = {
        organisation_id: ask(paid.as_(Role.PARTNER, organisation_id), "/v1/projection?by=funder")
        for organisation_id in (REGION, DEPARTEMENT, STRANGER)
    }

    assert [row["label"] for row in seen[REGION]["rows"]] == ["Région"]
    assert [row["received"] for row in seen[DEPARTEMENT]["rows"]] == ["10000.00"]
    assert (seen[STRANGER]["rows"], seen[STRANGER]["total"]["secured"]) == ([], "0.00")


def test_a_partner_cannot_narrow_the_figures_to_another_funder(paid: ApiClient) -> None:
    shown = ask(paid.as_(Role.PARTNER, STRANGER), f"/v1/projection?by=axis&funder={REGION}")

    assert shown["total"]["secured"] == "0.00"


def test_a_partners_explanation_says_that_it_is_limited_to_its_own(paid: ApiClient) -> None:
    path = "/v1/projection/explanation?measure=secured"

    own, none = (ask(paid.as_(Role.PARTNER, each), path) for each in (REGION, STRANGER))

    assert (own["amount"], own["limited"], own["count"]) == ("80000.00", True, 2)
    assert (none["amount"], none["limited"], none["entries"]) == ("0.00", True, [])


def test_needs_are_explained_to_every_partner(paid: ApiClient) -> None:
    explained = ask(paid.as_(Role.PARTNER, STRANGER), "/v1/projection/explanation?measure=need")

    assert (explained["amount"], explained["count"]) == ("200000.00", 2)


def test_the_news_for_a_partner_are_its_own(paid: ApiClient) -> None:
    causes = [item["cause"] for item in ask(paid.as_(Role.PARTNER, STRANGER), "/v1/changes")["items"]]

    assert causes == ["action", "action"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_who_watches_reads_all_and_changes_nothing(paid: ApiClient, role: Role) -> None:
    watcher, before = paid.as_(role), len(entries())

    assert ask(watcher, "/v1/tranches")["items"] != []
    assert ask(watcher, "/v1/discrepancies") == {"items": []}
    payment = {"tranche_id": str(FIRST.tranche_id), "amount": "1.00", "paid_on": "2017-12-05"}
    assert watcher.post("/v1/payments", json=payment).status_code == 403
    assert watcher.put("/v1/envelopes/2", json={"amount": "1.00"}).status_code == 403
    assert watcher.post(f"/v1/entries/{entries()[-1].id}/reversal", json={"reason": "Non"}).status_code == 403
    assert len(entries()) == before
