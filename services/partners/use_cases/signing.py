"""What every signature goes through: its mandate, who may sign for the party, and what is announced."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.errors import InvalidInput
from chassis.events import Event
from chassis.identity import Caller
from chassis.outbox import announce
from services.partners.domain.amendment import AmendmentParty
from services.partners.domain.authorisation import Act
from services.partners.domain.convention_parts import ConventionParty
from services.partners.domain.mandate import Mandate
from services.partners.domain.signing import Signing
from services.partners.use_cases.contacts import signatories_of
from services.partners.use_cases.mandates import find_mandate


class SignedByParties(Protocol):
    """A convention or an amendment."""

    def party(self, organisation_id: UUID) -> ConventionParty | AmendmentParty:
        """Give one that signs."""

    def sign(
        self, organisation_id: UUID, signing: Signing, mandate: Mandate | None, *, today: date, by: Caller
    ) -> Sequence[Event]:
        """Bind one party; nothing is to be told where it signed the same way before."""


def sign_for_party(
    session: Session, signed: SignedByParties, *, organisation_id: UUID, signing: Signing, today: date, by: Caller
) -> None:
    """Record one party's signature, under the mandate it names or the one the text names for it.

    Raises RuleBroken, also where the party records others as its signatories, InvalidInput, NotFound.
    """
    party = signed.party(organisation_id)
    signatories = signatories_of(session, organisation_id)
    if signing.mandate_id is None and signing.mandate_number is None:
        signing = replace(signing, mandate_id=party.mandate_id, mandate_number=party.mandate_number)
    signing, mandate = under_its_mandate(session, signing, today=today)
    if told := signed.sign(organisation_id, signing, mandate, today=today, by=by):
        signatories.ensure_one_signs(signing, Act.SIGN_CONVENTIONS, mandate)
        announce(session, *told)


def under_its_mandate(session: Session, signing: Signing, *, today: date) -> tuple[Signing, Mandate | None]:
    """Give a signature with the number of the mandate it names, and that mandate.

    Raises InvalidInput where none of that id is recorded, or a derogation from it is still to be decided.
    """
    decided_on = signing.derogation_decided_on
    if decided_on is not None and decided_on > today:
        raise InvalidInput(
            f"No derogation was decided on {decided_on} yet: today is {today}.",
            {"/derogation/decided_on": ["It lies in the future."]},
        )
    mandate = find_mandate(session, signing.mandate_id)
    return (signing if mandate is None else replace(signing, mandate_number=mandate.number)), mandate
