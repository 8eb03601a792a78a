"""Who takes what: the pages say what the workers do."""

from pathlib import Path

import pytest

from contracts import topology
from contracts.partners import CharterLapsed, CharterSigned, CharterWithdrawn, ConventionSigned
from contracts.schema import PUBLISHERS, published
from tests.contracts.papers import COMMAND, CONVENTIONS, READMES, TOPOLOGY, filled, papers, queues

pytestmark = pytest.mark.unit

SEATS = topology.Queue(
    "actions.seat_signatory", (CharterWithdrawn, CharterSigned, CharterLapsed), "A signature gives a seat."
)


@pytest.mark.parametrize(
    "path", [TOPOLOGY, CONVENTIONS, *READMES.values()], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_paper_says_what_the_workers_do(path: Path) -> None:
    assert path.read_text("utf-8") == papers()[path], f"Run `{COMMAND}`."


def test_every_queue_is_its_services_own_and_listens_to_the_published_language() -> None:
    for queue in queues():
        assert queue.service in PUBLISHERS
        assert set(queue.events) <= set(published())
        assert queue.effect


def test_no_two_subscriptions_share_a_queue() -> None:
    names = [queue.name for queue in queues()]

    assert len(set(names)) == len(names)


def test_no_service_listens_to_itself() -> None:
    assert [queue.name for queue in queues() for kind in queue.events if kind.publisher() == queue.service] == []


def test_the_page_lists_every_event_with_its_takers() -> None:
    page = topology.page([SEATS])

    assert f"\n{CharterSigned.type}\n    actions.seat_signatory\n" in page
    assert f"\n{ConventionSigned.type}\n    nobody\n" in page
    assert page.count("\n\n") == len(published())


def test_all_events_of_a_noun_are_named_by_a_pattern() -> None:
    some = topology.Queue("actions.seat_parties", (ConventionSigned,), "One of many.")

    table = topology.reacts_to("actions", [SEATS, some])

    assert "| `actions.seat_signatory` | `partners.charter.*` | A signature gives a seat. |" in table
    assert "| `actions.seat_parties` | `partners.convention.signed.v1` | One of many. |" in table


def test_a_service_announces_its_own_events_only() -> None:
    table = topology.announces("partners", [SEATS])

    assert table.count("\n") == 2 + sum(kind.publisher() == "partners" for kind in published())
    assert f"| `{CharterSigned.type}` | An organisation adhered to the charter. | `actions.seat_signatory` |" in table


def test_a_table_is_put_under_its_heading_and_what_people_wrote_stays() -> None:
    page = "# budget\n\n## Announces\n\nBy hand.\n\n## Words\n\nOnes.\n"

    once = filled(page, {"announces": "| old |\n"})
    again = filled(once, {"announces": "| new |\n"})

    assert "| old |" not in again
    assert again == once.replace("old", "new")
    assert again.index("## Announces") < again.index("| new |") < again.index("By hand.") < again.index("Ones.")


def test_a_page_without_the_heading_gets_it() -> None:
    assert "## Reacts to\n\n<!-- reacts to" in filled("# budget\n", {"reacts to": "| queue |\n"})
