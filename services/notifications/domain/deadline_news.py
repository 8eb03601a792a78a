"""News of a deadline: its day has come, and what it is of still stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.deadlines import DeadlineKind, DeadlineReached
from contracts.partners import (
    CharterSignatureState,
    CharterVersionPublished,
    ConventionState,
    ConventionStatus,
    Party,
    Tranche,
)
from services.notifications.domain.charter_news import adhesion_page
from services.notifications.domain.news import News

BINDING = frozenset({ConventionStatus.IN_FORCE, ConventionStatus.COMPLETED})
"""The status in which tranches are owed, and in which an end is the agreed one."""

UNSIGNED = frozenset({ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED})
"""The status in which signatures are awaited."""


@dataclass(frozen=True, kw_only=True)
class DeadlineNews(News):
    """A deadline, beside what we hold of its convention, its payments in euros, or its organisation's adherence.

    `convention` is the newest state, `adherence` what the organisation adheres by now, `asking` the latest material
    version of its charter; None where we know of none.
    """

    deadline: DeadlineReached
    convention: ConventionState | None = None
    paid: Decimal = Decimal(0)
    adherence: CharterSignatureState | None = None
    asking: CharterVersionPublished | None = None

    @property
    def still_true(self) -> bool:
        """Whether nothing ended, changed or settled meanwhile what falls due."""
        return _STANDS[self.deadline.kind](self)

    @property
    def ends_early(self) -> bool:
        """Whether it is the end of a convention that was terminated for that day."""
        ends = self.deadline.kind is DeadlineKind.CONVENTION_ENDING
        return ends and self.convention is not None and self.convention.status is ConventionStatus.TERMINATED

    @property
    def tranche(self) -> Tranche | None:
        """The tranche that falls due, as the convention has it now."""
        lines = self.convention.lines if self.convention else ()
        found = (each for line in lines for each in line.tranches if each.tranche_id == self.deadline.subject_id)
        return next(found, None)

    @property
    def awaited(self) -> tuple[Party, ...]:
        """The parties whose signature is awaited."""
        parties = self.convention.parties if self.convention else ()
        return tuple(each for each in parties if each.signed_on is None and each.left_on is None)

    @property
    def to_be_done_by_reader(self) -> bool:
        """Whether it is the reader's organisation that pays, signs or adheres."""
        return self.reader.organisation_id is not None and self.reader.organisation_id in self._who_acts

    @property
    def page(self) -> str:
        """Where one signs or adheres, if that is the reader's to do; else the convention or the charter."""
        own, deadline = self.reader.organisation_id, self.deadline
        if deadline.charter_id:
            charter_id = self.asking.charter_id if self.asking else deadline.charter_id
            return adhesion_page(charter_id, reader=self.reader, organisation_id=deadline.organisation_id)
        page = f"conventions/{deadline.convention_id}"
        signs = deadline.kind is DeadlineKind.PROPOSAL_EXPIRING and self.to_be_done_by_reader and self.reader.decides
        return f"{page}/signatures/{own}" if signs else page

    @property
    def _who_acts(self) -> set[object]:
        if self.deadline.kind is DeadlineKind.PROPOSAL_EXPIRING:
            return {each.organisation_id for each in self.awaited}
        return {self.deadline.organisation_id}


def _tranche_stands(news: DeadlineNews) -> bool:
    due, convention = news.deadline, news.convention
    if news.paid and due.amount is not None and news.paid >= due.amount:
        return False
    if convention is None:
        return True
    return _owes(convention, due.due_on) and news.tranche is not None and news.tranche.due_on == due.due_on


def _owes(convention: ConventionState, due_on: date) -> bool:
    """A convention that ended early owes what fell due before its end."""
    if convention.status is ConventionStatus.TERMINATED:
        return convention.ended_on is not None and due_on < convention.ended_on
    return convention.status in BINDING


def _end_stands(*, within: frozenset[ConventionStatus]) -> Callable[[DeadlineNews], bool]:
    def stands(news: DeadlineNews) -> bool:
        convention = news.convention
        return convention is None or (convention.status in within and _end_of(convention) == news.deadline.due_on)

    return stands


def _end_of(convention: ConventionState) -> date | None:
    return convention.ended_on if convention.status is ConventionStatus.TERMINATED else convention.ends_on


def _adherence_stands(news: DeadlineNews) -> bool:
    return news.adherence is not None and news.adherence.charter_signature_id == news.deadline.subject_id


_STANDS: Mapping[DeadlineKind, Callable[[DeadlineNews], bool]] = {
    DeadlineKind.TRANCHE_DUE: _tranche_stands,
    DeadlineKind.CONVENTION_ENDING: _end_stands(within=BINDING | {ConventionStatus.TERMINATED}),
    DeadlineKind.PROPOSAL_EXPIRING: _end_stands(within=UNSIGNED),
    DeadlineKind.CHARTER_ENDING: _adherence_stands,
}
