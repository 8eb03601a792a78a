import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chassis.context import Cause, new_traceparent
from chassis.events import Event, encode, registry
from console.sentences import Sentence, in_words, sentence
from contracts.budget import ProjectionChanged
from contracts.partners import ConventionEnteredIntoForce, ConventionSigned, ConventionTerminated

pytestmark = pytest.mark.unit


def the_example(kind: type[Event]) -> Event:
    return kind.from_state(kind.example, sequence=1)


def plain(said: Sentence) -> tuple[str, str]:
    return said.title.replace("\N{NO-BREAK SPACE}", " "), said.detail.replace("\N{NO-BREAK SPACE}", " ")


PUBLISHED = {name: kind for name, kind in registry.items() if kind.__module__.startswith("contracts.")}


@pytest.mark.parametrize("kind", PUBLISHED.values(), ids=PUBLISHED.keys())
def test_every_event_is_said_in_business_words(kind: type[Event]) -> None:
    said = in_words(the_example(kind))

    assert said.title
    assert kind.type not in said.title


def test_a_convention_in_force_says_its_cash_its_tranches_and_its_action() -> None:
    said = in_words(the_example(ConventionEnteredIntoForce))

    assert plain(said) == ("Convention en vigueur, SUN-2017-014", "80 000 € en 2 tranches, action 2.1")


def test_a_moved_projection_says_what_moved_and_what_is_left() -> None:
    said = in_words(the_example(ProjectionChanged))

    assert plain(said) == (
        "Acquis + 80 000 € et sollicité − 80 000 €, action 2.1",
        "Manque de l’axe : 1 600 000 € → 1 520 000 €",
    )


def test_a_termination_gives_its_reason() -> None:
    assert in_words(the_example(ConventionTerminated)).detail == "Retrait du financeur"


def test_a_signature_names_who_signed_last_and_who_is_awaited() -> None:
    signed = the_example(ConventionSigned)
    assert isinstance(signed, ConventionSigned)
    first, second = signed.parties
    said = in_words(replace(signed, parties=(replace(first, signed_on=signed.starts_on), second)))

    assert plain(said) == (
        "SUN-2017-014 signée par Département des Alpes-de-Haute-Provence",
        "Encore attendu : Région Provence-Alpes-Côte d’Azur",
    )


def test_a_published_event_is_said_from_its_envelope() -> None:
    cause = Cause("a-correlation", None, "person:1", new_traceparent())
    envelope = encode(the_example(ConventionEnteredIntoForce), time=datetime(2017, 11, 14, tzinfo=UTC), cause=cause)

    assert sentence(json.loads(envelope.to_json())).title == "Convention en vigueur, SUN-2017-014"


def test_what_nobody_can_read_is_named_by_its_type_or_as_unreadable() -> None:
    assert sentence("{", "partners.convention.signed.v1").title == "Convention signée"
    assert sentence({"type": "partners.unheard.of.v9"}).title == "partners.unheard.of.v9"
    assert sentence("\\xff").title == "Message illisible"
