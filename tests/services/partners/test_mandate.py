"""A mandate covers a signature, or everything that it lacks is named."""

from datetime import date
from decimal import Decimal

import pytest

from chassis.errors import RuleBroken
from chassis.identifiers import new_id
from services.partners.domain.mandate import Act, Mandate, require_mandate
from tests.services.partners.builders import TODAY, a_deliberation, a_mandate, an_organisation, the_departement

pytestmark = pytest.mark.unit

PRESIDENT = "Président du conseil départemental"


def test_recording_announces_what_it_authorises_and_up_to_how_much() -> None:
    departement = the_departement()

    mandate, fact = Mandate.record(new_id(), departement, a_deliberation(ceiling=Decimal(50000)))

    assert (fact.mandate_id, fact.number, fact.organisation_id) == (mandate.id, "2017-118", departement.id)
    assert (fact.authorises, fact.ceiling) == (("sign_conventions", "sign_charter"), Decimal(50000))


def test_an_enforceable_mandate_that_authorises_the_act_covers_it() -> None:
    departement = the_departement()

    require_mandate(departement, a_mandate(departement), Act.SIGN_CONVENTIONS, on=TODAY, capacity=PRESIDENT)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"authorises": (Act.REALLOCATE_CREDIT,)}, "it does not authorise to sign conventions"),
        ({"enforceable_since": None}, "it is not enforceable yet"),
        ({"enforceable_since": date(2017, 10, 21)}, "it is enforceable only since 2017-10-21, after 2017-10-20"),
        ({"signatories": ("Vice-président",)}, f"it lets the Vice-président sign, not the {PRESIDENT}"),
    ],
)
def test_what_a_mandate_lacks_is_named(changes: dict[str, object], missing: str) -> None:
    departement = the_departement()
    mandate = a_mandate(departement, **changes)

    [lacking] = mandate.lacks(Act.SIGN_CONVENTIONS, organisation=departement, on=TODAY, capacity=PRESIDENT)

    assert missing in lacking
    with pytest.raises(RuleBroken, match="Mandate 2017-118 does not cover this signature"):
        require_mandate(departement, mandate, Act.SIGN_CONVENTIONS, on=TODAY, capacity=PRESIDENT)


def test_a_mandate_of_another_organisation_covers_nothing() -> None:
    mandate = a_mandate(the_departement())

    with pytest.raises(RuleBroken, match="it was given by Département, not by Digne-les-Bains"):
        require_mandate(an_organisation(), mandate, Act.SIGN_CONVENTIONS, on=TODAY, capacity=PRESIDENT)


def test_everything_that_is_missing_is_named_at_once() -> None:
    mandate = a_mandate(the_departement(), authorises=(Act.APPROVE_ROADMAP,), enforceable_since=None)

    lacking = mandate.lacks(Act.SIGN_CHARTER, organisation=an_organisation(), on=TODAY, capacity="Maire")

    assert len(lacking) == 4


def test_who_needs_no_mandate_signs_without_one_and_who_needs_one_does_not() -> None:
    require_mandate(an_organisation(), None, Act.SIGN_CONVENTIONS, on=TODAY, capacity="Maire")
    with pytest.raises(RuleBroken, match="Département signs only under a mandate"):
        require_mandate(the_departement(), None, Act.SIGN_CONVENTIONS, on=TODAY, capacity=PRESIDENT)


def test_a_mandate_becomes_enforceable_later_and_says_so_once() -> None:
    mandate = a_mandate(the_departement(), enforceable_since=None)

    fact = mandate.complete(a_deliberation())

    assert fact is not None
    assert (fact.enforceable_since, fact.sequence) == (date(2017, 7, 5), 2)
    assert mandate.complete(a_deliberation()) is None
