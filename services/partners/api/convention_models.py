"""Models: how a programme writes the references of its conventions, and the clauses they start from."""

from typing import Any

from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, require_match
from services.partners.domain.convention_model import ConventionModel
from services.partners.schemas.convention_models import ConventionModelIn, ConventionModelOut
from services.partners.use_cases import convention_models as use_cases

blueprint = Blueprint(
    "convention_models",
    __name__,
    url_prefix="/v1/convention-models",
    description="How a programme writes its conventions.",
)


@blueprint.route("/<programme_code>", methods=["GET"])
@blueprint.response(200, ConventionModelOut)
def show_convention_model(programme_code: str) -> ConventionModel:
    """Show how a programme writes its conventions."""
    with transaction() as session:
        return _tagged(use_cases.model_of(session, programme_code))


@blueprint.route("/<programme_code>", methods=["PUT"])
@blueprint.arguments(ConventionModelIn)
@blueprint.response(200, ConventionModelOut)
def change_convention_model(model: dict[str, Any], programme_code: str) -> ConventionModel:
    """Replace a programme's model; given references and drafted clauses stay. If-Match names the revision read."""
    with transaction() as session:
        found = use_cases.model_of(session, programme_code, lock=True)
        require_match(found.revision)
        return _tagged(use_cases.change_model(session, found, **model))


def _tagged(model: ConventionModel) -> ConventionModel:
    entity_tag(model.revision)
    return model
