import ast
from pathlib import Path

import pytest

from tests.architecture.house_rules import RULES, Rule, offences, strange_rooms

pytestmark = pytest.mark.unit

DOMAIN = "services/budget/domain/ledger.py"
BROKEN = {
    "Only the chassis commits": ("services/budget/use_cases.py", "def pay(session): session.commit()"),
    "A domain has no clock": (DOMAIN, "def pay(): return date.today()"),
    "Money is never a float": (DOMAIN, "def pay(amount: float): ..."),
    "A relationship loads when told": (DOMAIN, 'lines = relationship(lazy="selectin", repr=False)'),
    "Only the entry point patches": ("chassis/http.py", "import eventlet\neventlet.monkey_patch()"),
    "A service has one Base": (DOMAIN, "class Other(MappedAsDataclass, DeclarativeBase): ..."),
    "An ignore gives its reason": (DOMAIN, "import os  # noqa: F401"),
    "A name says something": (DOMAIN, "class LedgerManager: ..."),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    assert offences(rule) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_a_broken_rule_is_seen(rule: Rule) -> None:
    path, text = BROKEN[rule.sentence]

    assert len(rule.offences(path, text, ast.parse(text))) == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_a_broken_rule_is_seen_in_the_tree(rule: Rule, tmp_path: Path) -> None:
    path, text = BROKEN[rule.sentence]
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)

    assert len(offences(rule, tmp_path)) == 1


def test_a_relationship_that_says_both_is_allowed() -> None:
    rule = next(rule for rule in RULES if rule.sentence == "A relationship loads when told")

    text = 'lines = relationship(lazy="raise", repr=False)'

    assert rule.offences(DOMAIN, text, ast.parse(text)) == []


def test_each_service_has_only_the_rooms_of_the_house() -> None:
    assert strange_rooms() == []


def test_a_room_with_another_name_is_seen(tmp_path: Path) -> None:
    for name in ("api.py", "README.md", "helpers.py", "templates"):
        (tmp_path / "services/budget").mkdir(parents=True, exist_ok=True)
        (tmp_path / "services/budget" / name).touch()

    assert strange_rooms(tmp_path) == ["services/budget/helpers.py", "services/budget/templates"]
