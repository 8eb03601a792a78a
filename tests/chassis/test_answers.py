"""The quick way of writing answers: what marshmallow writes; what is not plain is left to it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import marshmallow as ma
import pytest

from chassis.answers import Answer
from chassis.money import Money

pytestmark = pytest.mark.unit


class Crust(StrEnum):
    THIN = "thin"
    THICK = "thick"


class Topping(ma.Schema):
    name = ma.fields.String()
    grams = ma.fields.Integer()


class Loud(ma.Schema):
    name = ma.fields.String()

    @ma.post_dump
    def shout(self, written: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"name": written["name"].upper()}


class Pizza(ma.Schema):
    id = ma.fields.UUID()
    title = ma.fields.String(data_key="name")
    price = Money()
    weight = ma.fields.Decimal(as_string=True)
    slices = ma.fields.Integer(as_string=True)
    vegan = ma.fields.Boolean()
    crust = ma.fields.Enum(Crust, by_value=True)
    crust_name = ma.fields.Enum(Crust, attribute="crust", dump_only=True)
    baked_on = ma.fields.Date()
    baked_in = ma.fields.Date(format="%Y", attribute="baked_on", dump_only=True)
    baked_at = ma.fields.AwareDateTime()
    oven = ma.fields.String(attribute="oven.name")
    toppings = ma.fields.List(ma.fields.Nested(Topping))
    first = ma.fields.Nested(Topping)
    others = ma.fields.Nested(Topping, many=True, attribute="toppings", dump_only=True)
    baker = ma.fields.Nested(Loud)
    length = ma.fields.Function(lambda pizza: len(str(pizza)) > 0)
    facts = ma.fields.Dict()
    notes = ma.fields.List(ma.fields.String(allow_none=True))
    twin = ma.fields.Nested(lambda: Pizza(only=("title", "twin")))
    secret = ma.fields.String(load_only=True)
    kept = ma.fields.String(dump_default="in a box")


@dataclass
class Baked:
    id: UUID = UUID("0192f0c1-52f7-7c4e-9d3e-0c2f8a1b4d5e")
    title: Any = "Quattro"
    price: Decimal | None = Decimal("12.5")
    weight: Decimal = Decimal("0.450")
    slices: int = 8
    vegan: Any = False
    crust: Crust | None = Crust.THIN
    baked_on: Any = date(2017, 11, 14)
    baked_at: datetime = datetime(2017, 11, 14, 10, tzinfo=UTC)
    oven: Any = field(default_factory=lambda: SimpleNamespace(name="north"))
    toppings: Any = field(default_factory=lambda: [{"name": "olive", "grams": 5}, SimpleNamespace(name="ham")])
    first: Any = None
    baker: Any = field(default_factory=lambda: {"name": "odile"})
    facts: Any = field(default_factory=lambda: {"hot": True})
    notes: Any = field(default_factory=lambda: ["well", None])
    twin: Any = None
    secret: str = "sauce"


class Row(NamedTuple):
    title: str
    price: int


@pytest.mark.parametrize(
    "pizza",
    [
        Baked(),
        vars(Baked()),
        Baked(title=7, vegan="yes", baked_on=datetime(2017, 11, 14, tzinfo=UTC), price=None, crust=None),
        Baked(oven={"name": "south"}, toppings=None, twin=Baked(twin={"title": "third"})),
        SimpleNamespace(title="a name alone"),
        SimpleNamespace(oven=None),
        {},
        Row("of a row", 3),
    ],
)
def test_an_answer_is_what_marshmallow_writes(pizza: Any) -> None:
    assert Answer(Pizza()).dump(pizza) == Pizza().dump(pizza)


def test_many_answers_are_what_marshmallow_writes() -> None:
    pizzas = [Baked(), {"title": "second"}]

    assert Answer(Pizza(many=True)).dump(pizzas) == Pizza(many=True).dump(pizzas)
    assert Answer(Pizza()).dump(pizzas, many=True) == Pizza().dump(pizzas, many=True)


def test_a_field_of_ones_own_writes_null_as_it_wants() -> None:
    class Quiet(ma.fields.String):
        def _serialize(self, value: Any, *_: Any, **__: Any) -> str:
            return value or "nothing"

    class Said(ma.Schema):
        word = Quiet()

    assert Answer(Said()).dump({"word": None}) == Said().dump({"word": None}) == {"word": "nothing"}


def test_a_schema_that_reads_its_values_itself_is_left_to_it() -> None:
    class Reversed(ma.Schema):
        word = ma.fields.String()

        def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
            return obj[attr][::-1]

    assert Answer(Reversed()).dump({"word": "abc"}) == {"word": "cba"}
