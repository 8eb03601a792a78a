"""A convention read in one statement is the one that the ORM reads, and nothing changes it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import UnmappedInstanceError

from chassis.database import reading, transaction
from chassis.testing_http import ApiClient
from services.partners import queries
from services.partners.domain.convention import WHOLE, Convention
from services.partners.schemas.conventions import ConventionOut
from tests.services.partners.bodies import Story


def test_a_convention_read_at_once_is_as_the_orm_reads_it(door: ApiClient) -> None:
    story = Story(door)
    draft, proposed, signed = story.draft(), story.proposal(), story.in_force()

    for convention in (draft, proposed, signed):
        with reading() as connection:
            at_once = queries.convention(connection, convention["id"], seen_by=None)
        with transaction() as session:
            by_orm = session.scalars(select(Convention).where(Convention.id == at_once.id).options(*WHOLE)).one()

        assert ConventionOut().dump(at_once) == ConventionOut().dump(by_orm)
        assert at_once.lines[0].tranches[0].amount == by_orm.lines[0].tranches[0].amount
        assert at_once.terms().fingerprint() == by_orm.terms().fingerprint() == by_orm.fingerprint


def test_a_copy_is_not_changed_and_what_was_not_read_is_not_guessed(door: ApiClient) -> None:
    story = Story(door)
    with reading() as connection:
        copy = queries.convention(connection, story.draft()["id"], seen_by=None)

    with pytest.raises(UnmappedInstanceError):
        _ = copy.parties[0].organisation.siren
    with pytest.raises((UnmappedInstanceError, AttributeError)):
        copy.title = "Another"
