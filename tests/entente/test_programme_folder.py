"""A programme's folder: what it must say, and how one learns what is wrong with it."""

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import InvalidInput
from entente.demo.adhesions import bodies
from entente.programme import FACTS, ILLUSTRATIVE, read_folder

SUN04 = Path(__file__).parents[2] / "programmes" / "sun04"

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SUN04, tmp_path / "programme"))


def changed(folder: Path, file: str, change: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads((folder / file).read_text())
    change(content)
    (folder / file).write_text(json.dumps(content))
    return folder


def errors_of(folder: Path) -> dict[str, Any]:
    with pytest.raises(InvalidInput) as refused:
        read_folder(folder)
    return dict(refused.value.errors)


def test_the_deliberation_has_four_axes_and_six_million_euros() -> None:
    axes = read_folder(SUN04).programme.axes

    assert [axis.envelope for axis in axes] == [Decimal(f"{millions}000000.00") for millions in (1, 2, 2, 1)]


def test_fifty_thousand_euros_of_2017_are_moved() -> None:
    moved = read_folder(SUN04).programme.reallocation

    assert (moved.amount, moved.year) == (Decimal("50000.00"), 2017)


def test_everything_the_deliberation_does_not_name_is_marked_illustrative() -> None:
    invented = json.loads((SUN04 / ILLUSTRATIVE).read_text())
    parts = [invented, invented["programme"], invented["mandate"], invented["charter"], invented["adhesions"]]

    assert all(part["illustrative"] is True for part in parts + invented["actions"] + invented["conventions"])


def test_an_invented_action_that_claims_to_be_a_fact_is_refused(folder: Path) -> None:
    changed(folder, ILLUSTRATIVE, lambda content: content["actions"][2].update(illustrative=False))

    assert list(errors_of(folder)) == ["illustrative.json/actions/2/illustrative"]


def test_the_198_communes_and_12_epci_of_the_departement_may_join() -> None:
    joining = list(bodies(dict(read_folder(SUN04).registers), "04"))

    assert len(joining) == 210
    assert len({body.siren for body in joining}) == 210


def test_each_error_names_its_file_and_place(folder: Path) -> None:
    changed(folder, FACTS, lambda content: content["axes"][2].update(envelope="1.234"))
    changed(folder, FACTS, lambda content: content.update(authority="123456789", surplus=1))
    changed(folder, FACTS, lambda content: content["mandate"].pop("title"))

    assert set(errors_of(folder)) == {
        "programme.json/axes/2/envelope",
        "programme.json/authority",
        "programme.json/surplus",
        "programme.json/mandate/title",
    }


def test_an_amount_written_as_a_number_is_refused(folder: Path) -> None:
    (folder / FACTS).write_text((folder / FACTS).read_text().replace('"1000000.00"', "1000000.00", 1))

    with pytest.raises(InvalidInput, match=r"programme\.json is not JSON: write the amount 1000000\.00 as a string"):
        read_folder(folder)


def test_a_fact_is_never_replaced_by_what_is_invented(folder: Path) -> None:
    changed(folder, FACTS, lambda content: content["mandate"].update(number="2017-001"))

    assert read_folder(folder).programme.mandate.number == "2017-001"


def test_a_folder_without_inventions_is_a_programme_too(folder: Path) -> None:
    changed(folder, FACTS, lambda content: content.update(starts_on="2017-01-01", vat_basis="TTC"))
    changed(folder, FACTS, lambda content: content["mandate"].update(number="1", adopted_on="2017-06-30"))
    (folder / ILLUSTRATIVE).unlink()

    assert read_folder(folder).illustrative is None


def test_a_missing_register_is_named(folder: Path) -> None:
    (folder / "communes-04.csv").unlink()

    with pytest.raises(InvalidInput, match=r"communes-04\.csv is missing"):
        read_folder(folder)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"programme\.json is missing: is .* a programme's folder\?"):
        read_folder(tmp_path / "nowhere")
