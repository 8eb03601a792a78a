"""A mandate covers a signature, or everything that it lacks is named; what it takes of a ceiling is counted."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from services.partners.domain.authorisation import Act, Authorisation, Bearing, Draw
from services.partners.domain.mandate import Deliberation, Mandate, require_mandate
from services.partners.domain.signing import Signing
from tests.services.partners.builders import (
    TODAY,
    a_deliberation,
    a_mandate,
    a_signing,
    an_authorisation,
    an_organisation,
    the_departement,
)

pytestmark = pytest.mark.unit

PRESIDENT = "Président du conseil départemental"


def by_the_president(**changes: Any) -> Signing:
    return replace(a_signing("f", capacity=PRESIDENT), **changes)


def a_derogation() -> dict[str, Any]:
    return {
        "derogation_document": "Arrêté 2017-311",
        "derogation_decided_by": "Préfecture",
        "derogation_decided_on": TODAY,
        "derogation_reason": "Urgence",
    }


def a_bearing(amount: str = "0", *, act: Act = Act.SIGN_CONVENTIONS, **changes: Any) -> Bearing:
    bearing = Bearing(
        act=act, subject_id=new_id(), subject_name="SUN-2017-001", amounts={VatBasis.TTC: Decimal(amount)}
    )
    return replace(bearing, **changes)


def an_authorisation_of(ceiling: str) -> Authorisation:
    departement = the_departement()
    terms = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), ceiling=Decimal(ceiling))
    return a_mandate(departement, authorisations=(terms,)).authorisations[0]


def test_recording_announces_what_it_authorises_and_up_to_how_much_credit() -> None:
    departement = the_departement()
    credit = an_authorisation(acts=(Act.REALLOCATE_CREDIT,), ceiling=Decimal(50000), signatories=())
    signing = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), ceiling=Decimal(10))

    mandate, fact = Mandate.record(new_id(), departement, a_deliberation(authorisations=(signing, credit)), today=TODAY)

    assert (fact.mandate_id, fact.number, fact.organisation_id) == (mandate.id, "2017-118", departement.id)
    assert (fact.authorises, fact.ceiling) == (("sign_conventions", "reallocate_credit"), Decimal(50000))


def test_an_enforceable_mandate_that_authorises_the_act_covers_it() -> None:
    departement = the_departement()

    assert require_mandate(departement, a_mandate(departement), by_the_president(), a_bearing()) == ()


@pytest.mark.parametrize(
    ("changes", "pointer", "missing"),
    [
        (
            {"authorisations": (an_authorisation(acts=(Act.REALLOCATE_CREDIT,)),)},
            "/mandate_id",
            "it does not authorise to sign",
        ),
        ({"enforceable_since": None}, "/mandate_id", "it is not enforceable yet"),
        (
            {"enforceable_since": date(2017, 10, 21)},
            "/signed_on",
            "it is enforceable only since 2017-10-21, after 2017-10-20",
        ),
        (
            {"authorisations": (an_authorisation(signatories=("Vice-président",)),)},
            "/signatory/capacity",
            f"it lets the Vice-président sign, not the {PRESIDENT}, and no delegation names Jeanne Martin",
        ),
        (
            {"authorisations": (an_authorisation(signatories=("Vice-président", "Vice-présidente")),)},
            "/signatory/capacity",
            f"it lets the Vice-président, Vice-présidente sign, not the {PRESIDENT}",
        ),
        (
            {"authorisations": (an_authorisation(starts_on=date(2017, 11, 1)),)},
            "/signed_on",
            "it applies only from 2017-11-01",
        ),
        (
            {"authorisations": (an_authorisation(ends_on=date(2017, 9, 1)),)},
            "/signed_on",
            "it applied until 2017-09-01",
        ),
        (
            {"authorisations": (an_authorisation(counterparties=(new_id(),)),)},
            "/mandate_id",
            "it does not cover Région as counter",
        ),
        (
            {"authorisations": (an_authorisation(ceiling=Decimal("99.99")),)},
            "/mandate_id",
            "99.99 € are left, 100.00 € are asked",
        ),
        (
            {"authorisations": (an_authorisation(ceiling=Decimal(1000), vat_basis=VatBasis.HT),)},
            "/mandate_id",
            "its ceiling is stated HT, the lines are TTC",
        ),
    ],
)
def test_what_a_mandate_lacks_is_named_at_its_place(changes: dict[str, object], pointer: str, missing: str) -> None:
    departement = the_departement()
    mandate = replace_terms(departement, changes)
    bearing = a_bearing("100.00", counterparties={new_id(): "Région"})

    with pytest.raises(RuleBroken, match="Mandate 2017-118 does not cover this signature") as refused:
        require_mandate(departement, mandate, by_the_president(), bearing)

    [lacking] = lacks(mandate, by_the_president(), bearing)
    assert missing in lacking
    assert refused.value.errors == {pointer: [refused.value.detail]}
    assert refused.value.more == {"lacking": [lacking]}


def lacks(mandate: Mandate, signing: Signing, bearing: Bearing) -> list[str]:
    return [finding for _, finding in mandate.lacks(signing, bearing)]


def replace_terms(departement: Any, changes: dict[str, Any]) -> Mandate:
    mandate = a_mandate(departement)
    columns = {name: value for name, value in changes.items() if name != "authorisations"}
    for name, value in columns.items():
        setattr(mandate, name, value)
    if "authorisations" in changes:
        mandate.authorisations = [Authorisation.of(*each) for each in enumerate(changes["authorisations"])]
    return mandate


def test_everything_that_is_missing_is_named_at_once() -> None:
    departement = the_departement()
    mandate = replace_terms(
        departement, {"authorisations": (an_authorisation(ends_on=date(2017, 9, 1)),), "enforceable_since": None}
    )

    with pytest.raises(RuleBroken) as refused:
        require_mandate(departement, mandate, by_the_president(capacity="Maire"), a_bearing())

    assert len(lacks(mandate, by_the_president(capacity="Maire"), a_bearing())) == 3
    assert list(refused.value.errors) == ["/mandate_id", "/signed_on", "/signatory/capacity"]
    of_the_day = "Mandate 2017-118 does not cover this signature: it applied until 2017-09-01, before 2017-10-20."
    assert refused.value.errors["/signed_on"] == [of_the_day]


def test_who_needs_no_mandate_signs_without_one_and_who_needs_one_does_not() -> None:
    assert require_mandate(an_organisation(), None, by_the_president(), a_bearing()) == ()
    with pytest.raises(RuleBroken, match="Département signs only under a mandate") as refused:
        require_mandate(the_departement(), None, by_the_president(), a_bearing())
    assert refused.value.errors == {"/mandate_id": [refused.value.detail]}


def test_a_derogation_lets_a_signature_stand_and_keeps_what_was_missing() -> None:
    departement = the_departement()
    mandate = replace_terms(departement, {"enforceable_since": None})

    kept = require_mandate(departement, mandate, by_the_president(**a_derogation()), a_bearing())
    without_mandate = require_mandate(departement, None, by_the_president(**a_derogation()), a_bearing())

    assert [each for each in kept if "not enforceable" in each] == list(kept)
    assert "signs only under a mandate" in without_mandate[0]


def test_a_delegate_signs_by_name_while_the_delegation_lasts() -> None:
    departement = the_departement()
    mandate = a_mandate(departement)
    vice = by_the_president(signatory_name="paul  DURAND", capacity="Vice-président")
    delegated = {"name": "Paul Durand", "capacity": "Vice-président", "document": "Arrêté 42", "by": "office"}
    delegation = mandate.delegate(**delegated, starts_on=date(2017, 10, 1), ends_on=None)

    assert lacks(mandate, vice, a_bearing()) == []
    assert lacks(mandate, replace(vice, signed_on=date(2017, 9, 30)), a_bearing()) != []
    delegation.end(date(2017, 10, 19))
    assert lacks(mandate, vice, a_bearing()) != []
    with pytest.raises(RuleBroken, match="ended on 2017-10-19 already"):
        delegation.end(TODAY)
    with pytest.raises(InvalidInput, match="cannot end before"):
        delegation.end(date(2017, 9, 1))
    with pytest.raises(InvalidInput):
        mandate.delegate(**delegated, starts_on=TODAY, ends_on=date(2017, 1, 1))


def test_the_authorisation_that_lacks_least_is_the_one_drawn_on() -> None:
    departement, region = the_departement(), new_id()
    narrow = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), counterparties=(new_id(),), ceiling=Decimal(500))
    wide = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), counterparties=(region,), ceiling=Decimal(200))
    mandate = a_mandate(departement, authorisations=(narrow, wide))

    require_mandate(departement, mandate, by_the_president(), a_bearing("150", counterparties={region: "Région"}))

    assert [each.drawn for each in mandate.authorisations] == [Decimal(0), Decimal(150)]


amounts = st.decimals(Decimal("0.00"), Decimal("60.00"), places=2)


@given(st.lists(st.tuples(amounts, st.booleans()), max_size=30))
def test_what_is_drawn_is_what_was_promised_and_not_given_back_and_never_passes(
    asked: list[tuple[Decimal, bool]],
) -> None:
    departement = the_departement()
    terms = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), ceiling=Decimal("100.00"))
    mandate = a_mandate(departement, authorisations=(terms,))
    [authorisation], held = mandate.authorisations, Decimal(0)

    for amount, comes_to_nothing in asked:
        bearing = a_bearing(str(amount))
        if held + amount > Decimal(100):
            with pytest.raises(RuleBroken):
                require_mandate(departement, mandate, by_the_president(), bearing)
            continue
        require_mandate(departement, mandate, by_the_president(), bearing)
        held += amount
        if comes_to_nothing:
            draw = a_draw(authorisation, amount)
            for _ in range(2):
                authorisation.take_back(draw, on=TODAY, because="Refus")
            held -= amount

        assert authorisation.drawn == held <= Decimal(100)


def a_draw(authorisation: Authorisation, amount: Decimal) -> Draw:
    return Draw(
        id=new_id(),
        mandate_id=new_id(),
        authorisation_id=authorisation.id,
        act=Act.SIGN_CONVENTIONS,
        subject_id=new_id(),
        subject_name="SUN-2017-001",
        amount=amount,
        vat_basis=VatBasis.TTC,
        drawn_on=TODAY,
    )


def test_less_than_nothing_draws_nothing() -> None:
    authorisation = an_authorisation_of("100")

    [draw] = authorisation.draw(new_id(), by_the_president(), a_bearing("-20"), derogated=False)

    assert (draw.amount, draw.vat_basis, authorisation.drawn) == (Decimal(0), None, Decimal(0))


def test_a_signature_draws_once_on_each_vat_basis_and_less_on_one_offsets_no_other() -> None:
    authorisation = a_mandate(the_departement()).authorisations[0]
    both = a_bearing(amounts={VatBasis.HT: Decimal(300), VatBasis.TTC: Decimal(500)})
    less_on_one = a_bearing(amounts={VatBasis.HT: Decimal(-100), VatBasis.TTC: Decimal(150)})

    drawn = [authorisation.draw(new_id(), by_the_president(), each, derogated=False) for each in (both, less_on_one)]

    assert [[(each.vat_basis, each.amount) for each in draws] for draws in drawn] == [
        [(VatBasis.HT, Decimal(300)), (VatBasis.TTC, Decimal(500))],
        [(VatBasis.TTC, Decimal(150))],
    ]


def test_a_ceiling_counts_nothing_that_was_signed_on_another_vat_basis() -> None:
    ceiling = an_authorisation_of("1000")
    ht, ttc = {VatBasis.HT: Decimal("300.00")}, {VatBasis.TTC: Decimal("500.00")}

    assert [*ceiling.miscounts({}, "2017-118"), *ceiling.miscounts(ttc, "2017-118")] == []
    assert [*ceiling.miscounts(ht, "2017-118")] == [
        (
            "/authorisations/0/vat_basis",
            "Under mandate 2017-118, 300.00 € were signed HT: state the ceiling of its correction likewise.",
        )
    ]
    [(_, both)] = ceiling.miscounts(ht | ttc, "2017-118")
    assert "300.00 € were signed HT and 500.00 € TTC: no ceiling counts both" in both


def test_a_mandate_becomes_enforceable_later_and_says_so_once() -> None:
    mandate = a_mandate(the_departement(), enforceable_since=None)

    fact = mandate.complete(a_deliberation(), something_rests_on_it=True, today=TODAY)

    assert fact is not None
    assert (fact.enforceable_since, fact.sequence) == (date(2017, 7, 5), 2)
    assert mandate.complete(a_deliberation(), something_rests_on_it=True, today=TODAY) is None


def test_a_text_is_corrected_until_something_rests_on_it() -> None:
    mandate = a_mandate(the_departement())
    corrected = a_deliberation(title="Autrement", authorisations=(an_authorisation(label="Les conventions"),))

    assert mandate.complete(corrected, something_rests_on_it=False, today=TODAY) is not None
    assert mandate.deliberation == corrected
    with pytest.raises(RuleBroken, match="title, authorisations stays as it is"):
        mandate.complete(a_deliberation(), something_rests_on_it=True, today=TODAY)


def test_a_correction_takes_its_place_once() -> None:
    departement = the_departement()
    mandate = a_mandate(departement)
    mandate.give_way_to(a_mandate(departement, number="2017-118 bis"))

    assert lacks(mandate, by_the_president(), a_bearing()) == ["it was corrected by 2017-118 bis: name that one"]
    with pytest.raises(RuleBroken, match=r"was corrected by 2017-118 bis already"):
        mandate.give_way_to(a_mandate(departement, number="2017-118 ter"))
    with pytest.raises(InvalidInput, match="of its own organisation"):
        a_mandate(departement).give_way_to(a_mandate(an_organisation()))
    with pytest.raises(RuleBroken, match="The budget counts credit"):
        a_mandate(departement).give_way_to(
            a_mandate(departement, authorisations=(an_authorisation(acts=(Act.COMMIT_CREDIT,), signatories=()),))
        )


def of_credit(**changes: Any) -> Any:
    return an_authorisation(**{"acts": (Act.COMMIT_CREDIT,), "signatories": (), **changes})


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"transmitted_on": date(2017, 6, 1)}, "/transmitted_on"),
        ({"published_on": date(2017, 7, 6)}, "/enforceable_since"),
        ({"adopted_on": TODAY + timedelta(days=1), "enforceable_since": None}, "/adopted_on"),
        ({"unanimous": True, "votes_against": 1}, "/unanimous"),
        ({"votes_for": 3, "votes_against": 3}, "/votes_for"),
        ({"authorisations": ()}, "/authorisations"),
        ({"authorisations": (of_credit(acts=(Act.COMMIT_CREDIT, Act.SIGN_CHARTER)),)}, "/authorisations/0/acts"),
        ({"authorisations": (of_credit(), of_credit())}, "/authorisations/1/acts"),
        ({"authorisations": (of_credit(ends_on=TODAY),)}, "/authorisations/0/acts"),
        (
            {"authorisations": (an_authorisation(starts_on=TODAY, ends_on=date(2017, 1, 1)),)},
            "/authorisations/0/ends_on",
        ),
    ],
)
def test_a_deliberation_that_cannot_be_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    deliberation = a_deliberation(**changes)

    with pytest.raises(InvalidInput) as refused:
        deliberation.check(today=TODAY)
    assert list(refused.value.errors) == [pointer]


def test_a_deliberation_keeps_what_it_says() -> None:
    said: Deliberation = a_deliberation(authorisations=(an_authorisation(label="Tout"), of_credit(ceiling=Decimal(5))))

    assert a_mandate_saying(said).deliberation == said


def a_mandate_saying(said: Deliberation) -> Mandate:
    return Mandate.record(new_id(), the_departement(), said, today=TODAY)[0]
