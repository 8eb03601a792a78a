"""What comes in and goes out over HTTP."""

import marshmallow as ma

from chassis.pagination import PageQuery
from chassis.texts import Written
from contracts.notifications import Channel
from services.notifications.domain.delivery import Status, Verdict
from services.notifications.domain.endpoint import EVERYTHING, LONGEST_URL
from services.notifications.domain.stakeholder import Language, Standing
from services.notifications.domain.topic import Topic

_ONE_LINE = ma.validate.Regexp(
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z", error="Write it on one line, without control characters."
)
_MAIL_ADDRESS = [
    ma.validate.Email(),
    ma.validate.Length(max=254),
    Written("[!-~]+", error="Write the address in ASCII: mail servers seldom take others."),
]
_OFFICE = "None for the programme office; a partner's own organisation may be left out."


class StakeholderChange(ma.Schema):
    """What is known of a person who is told."""

    name = ma.fields.String(
        required=True, validate=[ma.validate.Length(1, 200), _ONE_LINE], metadata={"example": "Camille Roux"}
    )
    email = ma.fields.String(
        required=True, validate=_MAIL_ADDRESS, metadata={"format": "email", "example": "camille.roux@region.example"}
    )
    language = ma.fields.Enum(Language, by_value=True, load_default=Language.FRENCH)
    standing = ma.fields.Enum(
        Standing,
        by_value=True,
        load_default=Standing.INFORMED,
        metadata={"description": "Who decides is told what it binds to, who is informed that nothing is asked."},
    )
    topics = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(list(Topic))),
        load_default=lambda: [topic.value for topic in Topic],
        metadata={"description": "What the person is told of."},
    )
    active = ma.fields.Boolean(load_default=True, truthy={True}, falsy={False})


class Stakeholder(StakeholderChange):
    """A person of an organisation, or of the programme office."""

    organisation_id = ma.fields.UUID(load_default=None, allow_none=True, metadata={"description": _OFFICE})


class StakeholderOut(Stakeholder):
    """A stakeholder, and why its address is written to no more."""

    id = ma.fields.UUID(required=True)
    suppressed_because = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The answer that refused the address for good."}
    )


class EndpointChange(ma.Schema):
    """What is known of an endpoint."""

    url = ma.fields.String(
        required=True,
        validate=ma.validate.Length(1, LONGEST_URL),
        metadata={"format": "uri", "example": "https://si.region.example/entente"},
    )
    description = ma.fields.String(
        load_default="", validate=[ma.validate.Length(max=200), _ONE_LINE], metadata={"example": "Système de la Région"}
    )
    events = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(1, 100)),
        load_default=lambda: [EVERYTHING],
        validate=ma.validate.Length(1, 50),
        metadata={"description": "Wire names, prefixes such as `partners.convention.*`, or `*`.", "example": ["*"]},
    )
    active = ma.fields.Boolean(load_default=True, truthy={True}, falsy={False})


class Endpoint(EndpointChange):
    """A webhook of an organisation, or of the programme office."""

    organisation_id = ma.fields.UUID(load_default=None, allow_none=True, metadata={"description": _OFFICE})


class EndpointOut(Endpoint):
    """An endpoint, and why it was switched off."""

    id = ma.fields.UUID(required=True)
    disabled_because = ma.fields.String(required=True, allow_none=True)


class NewEndpoint(EndpointOut):
    """An endpoint with its secret, which is shown this once."""

    secret = ma.fields.String(required=True, metadata={"description": "Shown once: keep it.", "example": "whsec_…"})


class RecipientQuery(PageQuery):
    """Which recipients are wanted."""

    organisation_id = ma.fields.UUID(load_default=None)


class DeliveryQuery(PageQuery):
    """Which deliveries are wanted."""

    status = ma.fields.Enum(Status, by_value=True, load_default=None)
    channel = ma.fields.Enum(Channel, by_value=True, load_default=None)
    correlation_id = ma.fields.String(load_default=None, validate=ma.validate.Length(max=100))
    event_id = ma.fields.UUID(load_default=None, attribute="fact_id")
    recipient_id = ma.fields.UUID(load_default=None)


class Delivery(ma.Schema):
    """An e-mail or a webhook to one recipient about one event, in real time."""

    id = ma.fields.UUID(required=True)
    channel = ma.fields.Enum(Channel, by_value=True, required=True)
    status = ma.fields.Enum(Status, by_value=True, required=True)
    recipient_id = ma.fields.UUID(required=True)
    recipient_name = ma.fields.String(required=True)
    organisation_id = ma.fields.UUID(required=True, allow_none=True)
    event_id = ma.fields.UUID(required=True, attribute="fact_id")
    event_type = ma.fields.String(required=True)
    about = ma.fields.String(required=True, metadata={"example": "SUN-2017-014"})
    correlation_id = ma.fields.String(required=True)
    attempts = ma.fields.Integer(required=True)
    answer = ma.fields.String(required=True, allow_none=True, metadata={"description": "The last one, or the error."})
    created_at = ma.fields.AwareDateTime(required=True)
    due_at = ma.fields.AwareDateTime(required=True, metadata={"description": "The next attempt, while pending."})
    finished_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class Attempt(ma.Schema):
    """One call; without `finished_at` its worker was stopped before the answer came."""

    number = ma.fields.Integer(required=True)
    started_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    duration_milliseconds = ma.fields.Integer(required=True, allow_none=True)
    verdict = ma.fields.Enum(Verdict, by_value=True, required=True, allow_none=True)
    answer = ma.fields.String(required=True, allow_none=True)
    error = ma.fields.String(required=True, allow_none=True)
    asked_by = ma.fields.String(required=True, allow_none=True)


class DeliveryWithAttempts(Delivery):
    """A delivery with all its attempts, the first one first."""

    attempts_made = ma.fields.List(ma.fields.Nested(Attempt), required=True)


class ContentQuery(ma.Schema):
    """The form in which the content is wanted: all in JSON, or one of its two bodies."""

    format = ma.fields.String(load_default="json", validate=ma.validate.OneOf(["json", "html", "text"]))


class Content(ma.Schema):
    """What a delivery says, made from the facts held now; a webhook has only its text, the event."""

    subject = ma.fields.String(required=True, allow_none=True)
    language = ma.fields.Enum(Language, by_value=True, required=True, allow_none=True)
    text = ma.fields.String(required=True)
    html = ma.fields.String(required=True, allow_none=True)
