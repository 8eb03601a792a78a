"""How a programme writes its conventions, over HTTP."""

from typing import Any

import marshmallow as ma

from services.partners.domain.convention_model import ClauseTemplate
from services.partners.schemas.fields import code_word, described, prose, words


class ClauseTemplateIn(ma.Schema):
    """A clause with placeholders in braces.

    title, programme, starts_on, ends_on, parties and cash fill themselves; values for others come with the draft.
    """

    code = code_word(required=True, metadata=described("versement"))
    title = words(required=True, metadata=described("Modalités de versement"))
    text = prose(
        required=True,
        longest=20_000,
        metadata=described("La somme de {cash} est versée sous {delay} à compter de l’appel de fonds."),
    )

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> ClauseTemplate:
        """Give the template."""
        return ClauseTemplate(**values)


class ConventionModelIn(ma.Schema):
    """The pattern of references, and the clauses that a convention may start from."""

    reference_pattern = words(
        required=True,
        longest=60,
        metadata=described("SUN-{year}-{number:03}", "The year, then the number, each once; 03 is its least width."),
    )
    clauses = ma.fields.List(
        ma.fields.Nested(ClauseTemplateIn), load_default=list, validate=ma.validate.Length(max=100)
    )


class ConventionModelOut(ma.Schema):
    """The model of a programme's conventions; its ETag is `revision`."""

    programme_code = ma.fields.String(required=True, metadata=described("SUN04"))
    reference_pattern = ma.fields.String(required=True, metadata=described("SUN-{year}-{number:03}"))
    clauses = ma.fields.List(ma.fields.Nested(ClauseTemplateIn), required=True)
    revision = ma.fields.Integer(required=True)
