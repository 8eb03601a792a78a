"""The charter, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.pagination import PageQuery, page_schema
from services.partners.domain.charter import CharterText
from services.partners.schemas.fields import Day, described, optional, prose, words
from services.partners.schemas.signing import SigningOut


class CharterIn(ma.Schema):
    """A text to adhere to; from the second version on with the judgement whether it is material."""

    programme_code = words(required=True, longest=20, metadata=described("SUN04"))
    title = words(required=True, metadata=described("Charte partenariale du schéma des usages numériques"))
    text = prose(required=True, metadata=described("Les signataires conviennent de…"))
    material = optional(
        ma.fields.Boolean(
            metadata=described(
                None,
                "Whether it changes what a signatory commits to or may do (who sits, how votes count, duties, money, "
                "duration, leaving). Needed from the second version on.",
            )
        )
    )
    judgement = optional(
        words(longest=1000, metadata=described(None, "Why it is material, or why it is not; kept with the version."))
    )
    adhere_by = optional(
        Day(metadata=described(None, "The last day on which an earlier adherence counts without a new one."))
    )


class CharterOut(ma.Schema):
    """One version of the charter; the fingerprint is the SHA-256 of its text in UTF-8."""

    id = ma.fields.UUID(required=True)
    programme_code = ma.fields.String(required=True, metadata=described("SUN04"))
    title = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True, metadata=described(1))
    fingerprint = ma.fields.String(required=True)
    published_on = ma.fields.Date(required=True)
    material = ma.fields.Boolean(required=True, metadata=described(None, "Whether earlier adherents adhere again."))
    judgement = ma.fields.String(required=True, allow_none=True)
    judged_by = ma.fields.String(required=True, allow_none=True)
    adhere_by = ma.fields.Date(required=True, allow_none=True)


class CharterQuery(PageQuery):
    """Which charters."""

    programme_code = ma.fields.String(load_default=None, metadata=described("SUN04"))


class CharterSignatureOut(SigningOut):
    """An organisation's adherence; lapsed where a material new version took its place."""

    id = ma.fields.UUID(required=True)
    charter_id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True, attribute="organisation.name")
    withdrawn_on = ma.fields.Date(required=True, allow_none=True)
    withdrawal_reason = ma.fields.String(required=True, allow_none=True)
    lapsed_on = ma.fields.Date(required=True, allow_none=True)


class CharterWithdrawalIn(ma.Schema):
    """Why and when an organisation leaves."""

    withdrawn_on = Day(required=True, metadata=described("2018-03-31"))
    reason = words(required=True, longest=1000, metadata=described("Fusion de l’établissement"))


def charter_text(values: dict[str, Any]) -> CharterText:
    """Give the text from what came in."""
    return CharterText(**{name: value for name, value in values.items() if name != "programme_code"})


CharterPage = page_schema(CharterOut)
CharterSignaturePage = page_schema(CharterSignatureOut)
