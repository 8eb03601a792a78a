"""A thousand people at once: no reference twice, none left out, one signature of each party, one entry into force."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select

from chassis.database import transaction
from chassis.service import serving
from chassis.testing_http import ApiClient
from services.partners.domain.amendment import AmendmentSignature
from services.partners.domain.convention_parts import ConventionSignature
from services.partners.schemas.conventions import ConventionIn
from services.partners.use_cases.conventions import draft_convention, open_convention, propose_convention
from tests.services.partners.amended import AmendedStory
from tests.services.partners.bodies import Json, Story
from tests.services.partners.builders import TODAY

pytestmark = pytest.mark.needs_postgresql

MANY = 1000


def kept(table: type[ConventionSignature] | type[AmendmentSignature]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_thousand_proposals_at_once_get_a_thousand_references_without_a_hole(door: ApiClient) -> None:
    story = Story(door)
    text = ConventionIn().load(story.text())
    with transaction() as session:
        drafts = [draft_convention(session, **text).id for _ in range(MANY)]

    def propose(draft: UUID) -> str | None:
        with serving(door.service), transaction() as session:
            return propose_convention(session, open_convention(session, draft), on=TODAY).reference

    with ThreadPoolExecutor(15) as pool:
        references = sorted(str(each) for each in pool.map(propose, drafts))

    assert references == sorted(f"SUN-2017-{number:03d}" for number in range(1, MANY + 1))


def test_a_thousand_signers_at_once_leave_one_signature_of_each_party(door: ApiClient) -> None:
    story = Story(door)
    convention = story.proposal()
    parties = (story.region, story.departement)

    def sign(number: int) -> int:
        names: Json = {"signatory": {"name": f"Signataire {number % 5}", "capacity": "Présidente"}}
        return story.sign(convention, parties[number % 2], **names).status_code

    with ThreadPoolExecutor(15) as pool:
        codes = list(pool.map(sign, range(MANY)))

    assert set(codes) == {200, 409}
    assert kept(ConventionSignature) == 2


def test_many_signers_of_an_amendment_leave_one_signature_of_each_party(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    amendment = story.amendment_at_once()
    parties = (story.region, story.departement)

    def sign(number: int) -> int:
        names: Json = {"signatory": {"name": f"Signataire {number % 5}", "capacity": "Présidente"}}
        return story.sign_amendment(amendment, parties[number % 2], **names).status_code

    with ThreadPoolExecutor(15) as pool:
        codes = list(pool.map(sign, range(MANY // 5)))

    assert set(codes) == {200, 409}
    assert (kept(AmendmentSignature), story.amended_convention()["version"]) == (2, 2)
