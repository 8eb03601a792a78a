"""The charter: one text per version, one signature in force per organisation, evidence for each."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.identity import Caller, Role
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.organisation import Organisation
from tests.services.partners.builders import (
    OFFICE,
    TODAY,
    a_mandate,
    a_signing,
    an_organisation,
    the_departement,
)

pytestmark = pytest.mark.unit


def a_charter() -> Charter:
    return Charter(
        id=new_id(), programme_code="SUN04", title="Charte", version=1, text="Nous convenons…", published_on=TODAY
    )


def signed(organisation: Organisation, by: Caller = OFFICE, **changes: Any) -> CharterSignature:
    charter = a_charter()
    signing = replace(a_signing(charter.fingerprint), **changes)
    return charter.sign(new_id(), organisation, signing, None, today=TODAY, by=by)[0]


def test_the_fingerprint_is_that_of_the_text() -> None:
    assert a_charter().fingerprint == sha256("Nous convenons…".encode()).hexdigest()


def test_adhering_announces_who_and_to_what() -> None:
    charter, organisation = a_charter(), an_organisation()

    signature, fact = charter.sign(new_id(), organisation, a_signing(charter.fingerprint), None, today=TODAY, by=OFFICE)

    assert (fact.charter_signature_id, fact.organisation_id, fact.charter_version) == (signature.id, organisation.id, 1)
    assert (fact.signed_on, fact.withdrawn_on, fact.sequence) == (TODAY, None, 1)
    assert signature.recorded_by == "office"


def test_a_signature_of_another_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Another text was signed"):
        signed(an_organisation(), fingerprint="0" * 64)


def test_nobody_signs_tomorrow() -> None:
    with pytest.raises(InvalidInput, match="Nobody has signed on"):
        signed(an_organisation(), signed_on=TODAY + timedelta(days=1))


def test_an_unknown_siren_keeps_from_adhering() -> None:
    with pytest.raises(RuleBroken, match="no valid SIREN"):
        signed(an_organisation(siren=None))


def test_a_signature_recorded_for_somebody_else_says_where_its_proof_is() -> None:
    with pytest.raises(InvalidInput, match="Say where the proof"):
        signed(an_organisation(), evidence=None)


def test_a_party_signs_for_itself_without_further_proof() -> None:
    organisation = an_organisation()
    itself = Caller(subject="digne", role=Role.PARTNER, organisation_id=organisation.id)

    assert signed(organisation, by=itself, evidence=None).organisation is organisation


def test_a_partner_does_not_sign_for_another() -> None:
    other = Caller(subject="other", role=Role.PARTNER, organisation_id=new_id())

    with pytest.raises(NotFound):
        signed(an_organisation(), by=other)


def test_the_departement_adheres_only_under_a_mandate() -> None:
    departement, charter = the_departement(), a_charter()

    with pytest.raises(RuleBroken, match="signs only under a mandate: name one that authorises to sign the charter"):
        signed(departement)
    signature, _ = charter.sign(
        new_id(), departement, a_signing(charter.fingerprint), a_mandate(departement), today=TODAY, by=OFFICE
    )
    assert signature.organisation is departement


def test_leaving_keeps_the_signature_and_says_why() -> None:
    signature = signed(an_organisation())

    fact = signature.withdraw(on=date(2018, 3, 31), reason="Fusion", today=date(2018, 4, 2))

    assert (fact.signed_on, fact.withdrawn_on, fact.withdrawal_reason) == (TODAY, date(2018, 3, 31), "Fusion")
    assert fact.sequence == 2


def test_one_leaves_once_and_not_before_one_signed() -> None:
    signature = signed(an_organisation())

    with pytest.raises(InvalidInput, match="cannot leave on 2017-10-19, before that"):
        signature.withdraw(on=TODAY - timedelta(days=1), reason="Trop tôt", today=TODAY)
    signature.withdraw(on=TODAY, reason="Fusion", today=TODAY)
    with pytest.raises(RuleBroken, match="left the charter on 2017-10-20 already"):
        signature.withdraw(on=TODAY, reason="Encore", today=TODAY)
