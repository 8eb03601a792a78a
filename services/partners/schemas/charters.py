"""The charter, over HTTP."""

import marshmallow as ma

from chassis.pagination import PageQuery, page_schema
from services.partners.schemas.fields import described, prose, words
from services.partners.schemas.signing import SigningOut


class CharterIn(ma.Schema):
    """A text to adhere to."""

    programme_code = words(required=True, longest=20, metadata=described("SUN04"))
    title = words(required=True, metadata=described("Charte partenariale du schéma des usages numériques"))
    text = prose(required=True, metadata=described("Les signataires conviennent de…"))


class CharterOut(CharterIn):
    """One version of the charter; the fingerprint is the SHA-256 of its text in UTF-8."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True, metadata=described(1))
    fingerprint = ma.fields.String(required=True)
    published_on = ma.fields.Date(required=True)


class CharterQuery(PageQuery):
    """Which charters."""

    programme_code = ma.fields.String(load_default=None, metadata=described("SUN04"))


class CharterSignatureOut(SigningOut):
    """An organisation's adherence."""

    id = ma.fields.UUID(required=True)
    charter_id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True, attribute="organisation.name")
    withdrawn_on = ma.fields.Date(required=True, allow_none=True)
    withdrawal_reason = ma.fields.String(required=True, allow_none=True)


class CharterWithdrawalIn(ma.Schema):
    """Why and when an organisation leaves."""

    withdrawn_on = ma.fields.Date(required=True, metadata=described("2018-03-31"))
    reason = words(required=True, longest=1000, metadata=described("Fusion de l’établissement"))


CharterPage = page_schema(CharterOut)
CharterSignaturePage = page_schema(CharterSignatureOut)
