import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

import httpx
import pytest

from chassis.settings import Settings
from console.services import Answer, Question, Services
from console.streams import Fact, Merged, facts_in, message, read_mark, watch

pytestmark = pytest.mark.unit


class Told(Services):
    """The services as a test tells them: answers one after the other, and the lines of each stream."""

    def __init__(self, answers: list[Answer] | None = None, lines: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(Settings())
        self.answers, self.lines = answers or [], lines or {}
        self.asked: list[Mapping[str, str]] = []

    def ask_together(self, questions: Mapping[str, Question], headers: Mapping[str, str]) -> dict[str, Answer]:
        return dict.fromkeys(questions, self.answers.pop(0))

    @contextmanager
    def stream(self, question: Question, headers: Mapping[str, str]) -> Iterator[Callable[[], Iterator[str]]]:
        self.asked.append(headers)
        yield lambda: iter(self.lines.get(question.service, []))


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.streams.LOOK_EVERY", 0.01)


def figures(secured: str) -> Answer:
    return Answer("budget", 200, {"secured": secured})


ENDED = Answer("budget", 401, {})
DOWN = Answer("budget", 0, {})
QUESTIONS = {"projection": Question("budget", "/v1/projection")}


def told(*answers: Answer, seen: str | None = None) -> list[str]:
    return list(watch(Told([*answers, ENDED]), QUESTIONS, {}, seen))


def test_a_watch_says_changed_once_for_each_change() -> None:
    messages = told(figures("0"), figures("0"), figures("80000"), figures("80000"))

    assert sum("event: changed" in each for each in messages) == 1


def test_a_watch_that_comes_again_is_told_at_once_what_it_missed() -> None:
    (_, first) = told(figures("0"))
    seen = first.partition("id: ")[2].strip()

    assert sum("event: changed" in each for each in told(figures("80000"), seen=seen)) == 1
    assert sum("event: changed" in each for each in told(figures("0"), seen=seen)) == 0


def test_a_service_that_is_down_changes_nothing() -> None:
    assert sum("event: changed" in each for each in told(figures("0"), DOWN, figures("0"))) == 0


def test_a_watch_ends_with_the_token_so_that_the_browser_comes_again() -> None:
    assert told() == ["retry: 1000\n\n"]


def test_streams_of_all_services_become_one_and_its_mark_says_where_each_stands() -> None:
    lines = {"partners": ["id: 7-1", 'data: {"a": 1}', ""], "budget": ["id: 9-4", 'data: {"b": 2}', ""]}
    merged = Merged(Told(lines=lines), {}, None)
    facts = {fact.service: fact for fact in islice(merged.facts(), 50) if fact}

    assert facts["partners"] == Fact("partners", "7-1", '{"a": 1}')
    assert facts["budget"] == Fact("budget", "9-4", '{"b": 2}')
    assert read_mark(merged.mark()) == {"partners": "7-1", "budget": "9-4"}


def test_a_merged_stream_goes_on_after_the_mark() -> None:
    services = Told()
    merged = Merged(services, {}, '{"partners":"7-1"}')
    list(islice(merged.facts(), 3))

    assert {"Last-Event-ID": "7-1"} in services.asked


def test_a_slow_reader_makes_the_services_wait_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.streams.WAITING", 2)
    lines = [line for number in range(20) for line in (f"id: {number}", f"data: {number}", "")]
    merged = Merged(Told(lines={"partners": lines}), {}, None)
    read = []
    for fact in merged.facts():
        if fact:
            time.sleep(0.002)
            read.append(fact.body)
        if len(read) == 20:
            break

    assert read == [str(number) for number in range(20)]


def test_a_closed_stream_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    facts = Merged(Told(), {}, None).facts()
    next(facts)
    facts.close()  # type: ignore[attr-defined]
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(5)

    assert not any(thread.is_alive() for thread in left)


def test_a_refused_token_ends_the_merged_stream() -> None:
    class Refusing(Told):
        @contextmanager
        def stream(self, question: Question, headers: Mapping[str, str]) -> Iterator[Callable[[], Iterator[str]]]:
            request = httpx.Request("GET", "http://there")
            raise httpx.HTTPStatusError("no", request=request, response=httpx.Response(401, request=request))
            yield

    assert [fact for fact in Merged(Refusing(), {}, None).facts() if fact] == []


def test_comments_are_passed_over_and_data_of_several_lines_joined() -> None:
    lines = iter([": still here", "", "retry: 1000", "", "id: 3-1", "data: a", "data: b", ""])

    assert list(facts_in("budget", lines)) == [Fact("budget", "3-1", "a\nb")]


@pytest.mark.parametrize("mark", [None, "", "{", "[]", '{"elsewhere": "1"}', '{"partners": 1}'])
def test_a_mark_that_is_not_ours_means_from_now_on(mark: str | None) -> None:
    assert read_mark(mark) == {}


def test_a_message_cannot_be_broken_by_its_own_lines() -> None:
    assert (
        message("fact", "one\n\nevent: forged", "7") == "event: fact\nid: 7\ndata: one\ndata: \ndata: event: forged\n\n"
    )
