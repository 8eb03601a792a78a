"""The words that partners answers and announces with, and how an event writes them."""

from enum import StrEnum
from typing import Any

BY_VALUE: dict[str, Any] = {"by_value": True}


class PartyRole(StrEnum):
    """What a party is in a convention."""

    PROJECT_OWNER = "project_owner"
    FUNDER = "funder"
    CONTRIBUTOR = "contributor"
    BENEFICIARY = "beneficiary"


class ContributionKind(StrEnum):
    """What is promised; only cash enters the totals."""

    CASH = "cash"
    PEOPLE = "people"
    IN_KIND = "in_kind"
    ORGANISATIONAL = "organisational"


class Nature(StrEnum):
    """The budget section: investment or operating."""

    INVESTMENT = "investment"
    OPERATING = "operating"


class ConventionStatus(StrEnum):
    """Where a convention stands in its life."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PARTIALLY_SIGNED = "partially_signed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    COMPLETED = "completed"


class SignatureLevel(StrEnum):
    """How a signature was given; only a qualified one equals handwriting across the EU.

    A visa says yes by the signatory's own sign-in; an image is a picture of a signature, without a certificate.
    """

    IN_PERSON = "in_person"
    PAPER = "paper"
    VISA = "visa"
    IMAGE = "image"
    CERTIFICATE = "certificate"
    QUALIFIED = "qualified"
