"""Conventions: drafted and proposed by the programme office, signed by their parties."""

from typing import Any
from uuid import UUID

from flask import Response

from chassis import clock
from chassis.database import reading, transaction
from chassis.http import Blueprint, answers, caller, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import PageQuery, written
from services.partners import queries
from services.partners.domain.convention import Convention
from services.partners.domain.signing import Signing
from services.partners.schemas.convention_lists import ConventionPage, ConventionQuery
from services.partners.schemas.conventions import (
    ConventionIn,
    ConventionOut,
    RefusalIn,
    TerminationIn,
    TextPage,
    WithdrawalIn,
)
from services.partners.schemas.signing import SigningIn, signing_facts
from services.partners.use_cases import conventions as use_cases

blueprint = Blueprint(
    "conventions", __name__, url_prefix="/v1/conventions", description="What parties promise each other."
)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ConventionQuery, location="query")
@blueprint.response(200, ConventionPage)
def list_conventions(query: dict[str, Any]) -> Response:
    """List conventions in short, the latest first; a partner sees those it is party to, once proposed."""
    with reading() as connection:
        found = queries.conventions(
            connection,
            status=query["status"],
            organisation_id=query["organisation_id"],
            action_id=query["action_id"],
            axis_code=query["axis_code"],
            year=query["year"],
            search=query["search"],
            seen_by=own_organisation(),
            page=query,
        )
    return written(found)


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(ConventionIn)
@blueprint.response(201, ConventionOut)
def draft_convention(text: dict[str, Any]) -> Convention:
    """Draft a convention."""
    with transaction() as session:
        return _tagged(use_cases.draft_convention(session, **text))


@blueprint.route("/<uuid:convention_id>", methods=["GET"])
@blueprint.response(200, ConventionOut)
def show_convention(convention_id: UUID) -> Convention:
    """Show a convention with its parties, lines and signatures."""
    with reading() as connection:
        return _tagged(queries.convention(connection, convention_id, seen_by=own_organisation()))


@blueprint.route("/<uuid:convention_id>", methods=["PUT"])
@blueprint.arguments(ConventionIn)
@blueprint.response(200, ConventionOut)
def change_convention(text: dict[str, Any], convention_id: UUID) -> Convention:
    """Replace the text of a draft, or of a proposal: then what is of substance voids the signatures given so far.

    If-Match names the revision read.
    """
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id)
        require_match(convention.revision)
        return _tagged(use_cases.change_convention(session, convention, **text, on=clock.today()))


@blueprint.route("/<uuid:convention_id>/proposal", methods=["POST"])
@answers(422)
@blueprint.response(200, ConventionOut)
def propose_convention(convention_id: UUID) -> Convention:
    """Open a draft to the parties' signatures; it gets its reference."""
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id)
        return _tagged(use_cases.propose_convention(session, convention, on=clock.today()))


@blueprint.route("/<uuid:convention_id>/signatures/<uuid:organisation_id>", methods=["PUT"])
@blueprint.arguments(SigningIn)
@blueprint.response(200, ConventionOut)
def sign_convention(signature: dict[str, Any], convention_id: UUID, organisation_id: UUID) -> Convention:
    """Sign, or record a party's signature from paper; If-Match names the revision signed, repeating changes nothing."""
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id, seen_by=own_organisation())
        require_match(convention.revision)
        signed = use_cases.sign_convention(
            session,
            convention,
            organisation_id=organisation_id,
            signing=Signing(**signing_facts(signature, convention.fingerprint)),
            today=clock.today(),
            by=caller(),
        )
        return _tagged(signed)


@blueprint.route("/<uuid:convention_id>/refusal", methods=["POST"])
@blueprint.arguments(RefusalIn)
@blueprint.response(200, ConventionOut)
def refuse_convention(refusal: dict[str, Any], convention_id: UUID) -> Convention:
    """Refuse to sign, or record that a party refused; the proposal ends."""
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id, seen_by=own_organisation())
        return _tagged(use_cases.refuse_convention(session, convention, **refusal, on=clock.today(), by=caller()))


@blueprint.route("/<uuid:convention_id>/withdrawal", methods=["POST"])
@blueprint.arguments(WithdrawalIn)
@blueprint.response(200, ConventionOut)
def withdraw_convention(withdrawal: dict[str, Any], convention_id: UUID) -> Convention:
    """Take a draft or a proposal back; a draft's parties never hear of it."""
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id)
        return _tagged(use_cases.withdraw_convention(session, convention, **withdrawal, on=clock.today()))


@blueprint.route("/<uuid:convention_id>/termination", methods=["POST"])
@blueprint.arguments(TerminationIn)
@blueprint.response(200, ConventionOut)
def terminate_convention(termination: dict[str, Any], convention_id: UUID) -> Convention:
    """End a convention in force before its time; what falls due from that day on is no longer owed."""
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id)
        terminated = use_cases.terminate_convention(
            session,
            convention,
            reason=termination["reason"],
            on=termination["terminated_on"],
            by=termination["organisation_id"],
            today=clock.today(),
        )
        return _tagged(terminated)


@blueprint.route("/<uuid:convention_id>/texts", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, TextPage)
def list_texts(query: dict[str, Any], convention_id: UUID) -> dict[str, Any]:
    """List the texts ever put before the parties, the first first.

    A partner sees those that it was a party to, and the present one where it is asked to join.
    """
    with transaction() as session:
        return queries.texts(session, convention_id, seen_by=own_organisation(), page=query)


def _tagged(convention: Convention) -> Convention:
    entity_tag(convention.revision)
    return convention
