"""The charter: its versions and those who adhere."""

from typing import Any
from uuid import UUID

from chassis import clock
from chassis.database import transaction
from chassis.http import Blueprint, caller, idempotent, own_organisation
from chassis.pagination import PageQuery
from services.partners import queries
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.signing import Signing
from services.partners.schemas.charters import (
    CharterIn,
    CharterOut,
    CharterPage,
    CharterQuery,
    CharterSignatureOut,
    CharterSignaturePage,
    CharterWithdrawalIn,
    charter_text,
)
from services.partners.schemas.signing import SigningIn, signing_facts
from services.partners.use_cases import charters as use_cases

blueprint = Blueprint("charters", __name__, url_prefix="/v1/charters", description="The text one adheres to.")

SIGNATURE = "/<uuid:charter_id>/signatures/<uuid:organisation_id>"


@blueprint.route("", methods=["GET"])
@blueprint.arguments(CharterQuery, location="query")
@blueprint.response(200, CharterPage)
def list_charters(query: dict[str, Any]) -> dict[str, Any]:
    """List the charter's versions."""
    with transaction() as session:
        return queries.charters(session, programme_code=query["programme_code"], page=query)


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(CharterIn)
@blueprint.response(201, CharterOut)
def publish_charter(charter: dict[str, Any]) -> Charter:
    """Publish the charter's next version; only a material one asks earlier signatories to adhere again."""
    with transaction() as session:
        return use_cases.publish_charter(
            session,
            programme_code=charter["programme_code"],
            said=charter_text(charter),
            on=clock.today(),
            by=caller().subject,
        )


@blueprint.route("/<uuid:charter_id>", methods=["GET"])
@blueprint.response(200, CharterOut)
def show_charter(charter_id: UUID) -> Charter:
    """Show one version of the charter."""
    with transaction() as session:
        return session.get_one(Charter, charter_id)


@blueprint.route("/<uuid:charter_id>/signatures", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, CharterSignaturePage)
def list_signatures(query: dict[str, Any], charter_id: UUID) -> dict[str, Any]:
    """List who adhered, those who left included; a partner sees its own adherence."""
    with transaction() as session:
        return queries.charter_signatures(session, charter_id=charter_id, seen_by=own_organisation(), page=query)


@blueprint.route(SIGNATURE, methods=["PUT"])
@blueprint.arguments(SigningIn)
@blueprint.response(200, CharterSignatureOut)
def sign_charter(signature: dict[str, Any], charter_id: UUID, organisation_id: UUID) -> CharterSignature:
    """Adhere to the charter, or record from paper that an organisation did; repeating it changes nothing."""
    with transaction() as session:
        charter = session.get_one(Charter, charter_id)
        return use_cases.sign_charter(
            session,
            charter,
            organisation_id=organisation_id,
            signing=Signing(**signing_facts(signature, charter.fingerprint)),
            today=clock.today(),
            by=caller(),
        )


@blueprint.route(f"{SIGNATURE}/withdrawal", methods=["POST"])
@blueprint.arguments(CharterWithdrawalIn)
@blueprint.response(200, CharterSignatureOut)
def withdraw_from_charter(withdrawal: dict[str, Any], charter_id: UUID, organisation_id: UUID) -> CharterSignature:
    """Leave the charter: its seat closes, its conventions go on; `/v1/departures` foresees leaving altogether."""
    with transaction() as session:
        return use_cases.withdraw_from_charter(
            session,
            charter_id=charter_id,
            organisation_id=organisation_id,
            on=withdrawal["withdrawn_on"],
            reason=withdrawal["reason"],
            today=clock.today(),
            by=caller(),
        )
