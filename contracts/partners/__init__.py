"""What partners announces: who takes part, on what authority, and what they promise."""

from contracts.partners import charters, conventions, mandates, organisations
from contracts.partners.charters import (
    CharterLapsed,
    CharterSignatureState,
    CharterSigned,
    CharterVersionPublished,
    CharterWithdrawn,
)
from contracts.partners.conventions import (
    ACTION_EXAMPLE,
    PARTIES_EXAMPLE,
    REGION_EXAMPLE,
    ContributionLine,
    ConventionAction,
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionProposed,
    ConventionRefused,
    ConventionSigned,
    ConventionState,
    ConventionTerminated,
    ConventionWithdrawn,
    Party,
    Tranche,
    a_convention,
)
from contracts.partners.mandates import (
    MandateRecorded,
)
from contracts.partners.organisations import (
    OrganisationChanged,
    OrganisationMerged,
    OrganisationRegistered,
    OrganisationState,
)
from contracts.partners.words import (
    BY_VALUE,
    ContributionKind,
    ConventionStatus,
    Nature,
    PartyRole,
    SignatureLevel,
)

__all__ = [
    "ACTION_EXAMPLE",
    "BY_VALUE",
    "PARTIES_EXAMPLE",
    "REGION_EXAMPLE",
    "CharterLapsed",
    "CharterSignatureState",
    "CharterSigned",
    "CharterVersionPublished",
    "CharterWithdrawn",
    "ContributionKind",
    "ContributionLine",
    "ConventionAction",
    "ConventionCompleted",
    "ConventionEnteredIntoForce",
    "ConventionExpired",
    "ConventionProposed",
    "ConventionRefused",
    "ConventionSigned",
    "ConventionState",
    "ConventionStatus",
    "ConventionTerminated",
    "ConventionWithdrawn",
    "MandateRecorded",
    "Nature",
    "OrganisationChanged",
    "OrganisationMerged",
    "OrganisationRegistered",
    "OrganisationState",
    "Party",
    "PartyRole",
    "SignatureLevel",
    "Tranche",
    "a_convention",
]

MODULES = (organisations, charters, mandates, conventions)
"""Where its events are."""
