"""Amendments: what changes in a convention, proposed by the programme office and signed by its parties."""

from typing import Any
from uuid import UUID

from flask import Response

from chassis import clock
from chassis.database import reading, transaction
from chassis.http import Blueprint, answers, caller, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import PageQuery, written
from services.partners import queries
from services.partners.domain.amendment import Amendment
from services.partners.domain.signing import Signing
from services.partners.schemas.amendments import AmendmentIn, AmendmentOut, AmendmentPage, AmendmentQuery
from services.partners.schemas.conventions import RefusalIn, WithdrawalIn
from services.partners.schemas.signing import SigningIn, signing_facts
from services.partners.use_cases import amendments as use_cases
from services.partners.use_cases.conventions import open_convention

blueprint = Blueprint("amendments", __name__, url_prefix="/v1", description="What changes in a convention in force.")


@blueprint.route("/conventions/<uuid:convention_id>/amendments", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, AmendmentPage)
def list_amendments(query: dict[str, Any], convention_id: UUID) -> Response:
    """List a convention's amendments in short, the latest first; a partner sees those that it signs, once proposed."""
    with reading() as connection:
        return written(queries.amendments(connection, convention_id, seen_by=own_organisation(), page=query))


@blueprint.route("/conventions/<uuid:convention_id>/amendments", methods=["POST"])
@idempotent
@blueprint.arguments(AmendmentIn)
@blueprint.response(201, AmendmentOut)
def draft_amendment(text: dict[str, Any], convention_id: UUID) -> Amendment:
    """Draft an amendment of a convention in force; one at a time."""
    with transaction() as session:
        return _tagged(use_cases.draft_amendment(session, open_convention(session, convention_id), **text))


@blueprint.route("/amendments", methods=["GET"])
@blueprint.arguments(AmendmentQuery, location="query")
@blueprint.response(200, AmendmentPage)
def list_amendments_of_all(query: dict[str, Any]) -> Response:
    """List the amendments of all conventions in short, the latest first; a partner sees those that it signs."""
    with reading() as connection:
        return written(
            queries.amendments_of_all(connection, status=query["status"], seen_by=own_organisation(), page=query)
        )


@blueprint.route("/amendments/<uuid:amendment_id>", methods=["GET"])
@blueprint.response(200, AmendmentOut)
def show_amendment(amendment_id: UUID) -> Amendment:
    """Show an amendment with its differences, parties and signatures."""
    with transaction() as session:
        return _tagged(queries.amendment(session, amendment_id, seen_by=own_organisation()))


@blueprint.route("/amendments/<uuid:amendment_id>", methods=["PUT"])
@blueprint.arguments(AmendmentIn)
@blueprint.response(200, AmendmentOut)
def change_amendment(text: dict[str, Any], amendment_id: UUID) -> Amendment:
    """Replace the text of a draft, or of a proposal, which voids the signatures given so far.

    If-Match names the revision read.
    """
    with transaction() as session:
        amendment = use_cases.open_amendment(session, amendment_id)
        require_match(amendment.revision)
        return _tagged(use_cases.change_amendment(session, amendment, **text, on=clock.today()))


@blueprint.route("/amendments/<uuid:amendment_id>/proposal", methods=["POST"])
@answers(422)
@blueprint.response(200, AmendmentOut)
def propose_amendment(amendment_id: UUID) -> Amendment:
    """Open a draft to signatures; it gets its number."""
    with transaction() as session:
        amendment = use_cases.open_amendment(session, amendment_id)
        return _tagged(use_cases.propose_amendment(session, amendment, on=clock.today()))


@blueprint.route("/amendments/<uuid:amendment_id>/signatures/<uuid:organisation_id>", methods=["PUT"])
@blueprint.arguments(SigningIn)
@blueprint.response(200, AmendmentOut)
def sign_amendment(signature: dict[str, Any], amendment_id: UUID, organisation_id: UUID) -> Amendment:
    """Sign, or record a signature from paper; If-Match names the revision signed, repeating changes nothing.

    Once all have signed it takes effect on its day, at once where that has come.
    """
    with transaction() as session:
        amendment = use_cases.open_amendment(session, amendment_id, seen_by=own_organisation())
        require_match(amendment.revision)
        signed = use_cases.sign_amendment(
            session,
            amendment,
            organisation_id=organisation_id,
            signing=Signing(**signing_facts(signature, amendment.fingerprint)),
            today=clock.today(),
            by=caller(),
        )
        return _tagged(signed)


@blueprint.route("/amendments/<uuid:amendment_id>/refusal", methods=["POST"])
@blueprint.arguments(RefusalIn)
@blueprint.response(200, AmendmentOut)
def refuse_amendment(refusal: dict[str, Any], amendment_id: UUID) -> Amendment:
    """Refuse to sign, or record that a party refused; the convention stays as it is."""
    with transaction() as session:
        amendment = use_cases.open_amendment(session, amendment_id, seen_by=own_organisation())
        return _tagged(use_cases.refuse_amendment(session, amendment, **refusal, on=clock.today(), by=caller()))


@blueprint.route("/amendments/<uuid:amendment_id>/withdrawal", methods=["POST"])
@blueprint.arguments(WithdrawalIn)
@blueprint.response(200, AmendmentOut)
def withdraw_amendment(withdrawal: dict[str, Any], amendment_id: UUID) -> Amendment:
    """Take an amendment back before all have signed."""
    with transaction() as session:
        amendment = use_cases.open_amendment(session, amendment_id)
        return _tagged(use_cases.withdraw_amendment(session, amendment, **withdrawal, on=clock.today()))


def _tagged(amendment: Amendment) -> Amendment:
    entity_tag(amendment.revision)
    return amendment
