"""What makes a convention's terms acceptable: all findings at once, each with its place in the text."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from chassis.errors import NotYetKnown
from contracts.partners import ContributionKind, PartyRole
from services.partners.domain.convention_terms import ZERO, Known, LineTerms, Terms, Upstream
from services.partners.domain.finding import Finding, refuse
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction

MOST = Decimal("9999999999.99")
"""Euros that one convention promises in all: a hundredth of what a sum over many can hold."""


def check(terms: Terms, known: Known, *, former: Terms | None = None) -> None:
    """Refuse terms that nobody could sign or that would be counted wrongly.

    What stands in `former`, the text in force, is not questioned again where only time has passed over it: an action
    closed since, a source that ended since and of which no more is passed on.
    Raises InvalidInput with all findings at once, NotYetKnown where a programme or action has not been announced here.
    """
    served = former.actions if former else ()
    settled = {line.id: line.amount for line in former.lines} if former else {}
    refuse(
        [
            *_period(terms),
            *_parties(terms, known),
            *_actions(terms, known, served),
            *_clauses(terms),
            *_lines(terms, known, served),
            *_total(terms),
            *_passing_on(terms, known, settled),
            *_passed_on(terms, known),
        ]
    )
    unknown = [action_id for action_id in terms.actions if action_id not in known.actions]
    if known.programme is None:
        raise NotYetKnown(f"Programme {terms.programme_code} is not known here: define it first, or try again soon.")
    if unknown:
        raise NotYetKnown(f"Action {unknown[0]} is not known here: plan it first, or try again soon.")


def _period(terms: Terms) -> Iterator[Finding]:
    if terms.ends_on < terms.starts_on:
        yield "/ends_on", f"It ends on {terms.ends_on}, before it starts on {terms.starts_on}."


def _parties(terms: Terms, known: Known) -> Iterator[Finding]:
    ids = [party.organisation_id for party in terms.parties]
    staying = [party for party in terms.parties if party.left_on is None]
    if len(staying) < 2:
        yield "/parties", "A convention has two parties at least."
    if all(party.role is not PartyRole.PROJECT_OWNER for party in staying):
        yield "/parties", "One party at least is the project owner."
    for position, party in enumerate(terms.parties):
        pointer = f"/parties/{position}/organisation_id"
        yield from ((pointer, finding) for finding in registered(party.organisation_id, known.organisations))
        if party.organisation_id in ids[:position]:
            yield pointer, "This organisation is a party already: a party has one role."
        if party.mandate_id is not None and known.mandates.get(party.mandate_id) != party.organisation_id:
            yield (
                f"/parties/{position}/mandate_id",
                "No such mandate of this organisation is recorded: record it first, or give its number.",
            )
    yield from _funders(terms)


def registered(organisation_id: UUID, organisations: Mapping[UUID, Organisation]) -> Iterator[str]:
    """Say what keeps an organisation from being named by something new: unknown, or merged into another."""
    organisation = organisations.get(organisation_id)
    if organisation is None:
        yield f"No organisation {organisation_id} is registered: register it first."
    elif organisation.merged_into_id:
        survivor = organisations[organisation.merged_into_id]
        yield (
            f"{organisation.name} was merged into {survivor.name} on {organisation.merged_on}: "
            f"name that one, {survivor.id}."
        )


def _funders(terms: Terms) -> Iterator[Finding]:
    for position, party in enumerate(terms.parties):
        funds = party.left_on is not None or _contributes(party.organisation_id, terms)
        if party.role is PartyRole.FUNDER and not funds:
            yield f"/parties/{position}/role", "A funder without a contribution line funds nothing: add its line."


def _contributes(organisation_id: UUID, terms: Terms) -> bool:
    return any(line.organisation_id == organisation_id for line in terms.lines)


def _actions(terms: Terms, known: Known, served: Collection[UUID]) -> Iterator[Finding]:
    for position, action_id in enumerate(terms.action_ids):
        if action := known.actions.get(action_id):
            yield from _action(f"/action_ids/{position}", action, terms.programme_code, served)


def _action(pointer: str, action: KnownAction, programme_code: str, served: Collection[UUID]) -> Iterator[Finding]:
    if action.programme_code != programme_code:
        yield pointer, f"Action {action.code} belongs to programme {action.programme_code}."
    if action.closed and action.id not in served:
        yield pointer, f"Action {action.code} is closed: name an open one."


def _clauses(terms: Terms) -> Iterator[Finding]:
    codes = [clause.code for clause in terms.clauses]
    for position, code in enumerate(codes):
        if code in codes[:position]:
            yield f"/clauses/{position}/code", f"Another clause has the code {code}: give each its own."


def _lines(terms: Terms, known: Known, served: Collection[UUID]) -> Iterator[Finding]:
    roles = {party.organisation_id: party.role for party in terms.parties}
    if not terms.lines:
        yield "/lines", "A convention promises something: add a contribution line."
    for position, line in enumerate(terms.lines):
        pointer = f"/lines/{position}"
        if line.organisation_id not in roles:
            yield f"{pointer}/organisation_id", "Whoever contributes is a party: add it to the parties."
        elif line.kind is ContributionKind.CASH and roles[line.organisation_id] is PartyRole.BENEFICIARY:
            yield f"{pointer}/organisation_id", "A beneficiary brings no cash: give it another role."
        if action := known.actions.get(line.action_id):
            yield from _action(f"{pointer}/action_id", action, terms.programme_code, served)
        yield from _contribution(pointer, line)
        yield from _tranches(pointer, line)


def _contribution(pointer: str, line: LineTerms) -> Iterator[Finding]:
    """What each kind of contribution must say, and may not."""
    people = line.kind is ContributionKind.PEOPLE
    by_days = line.days is not None or line.day_rate is not None
    if not people and (line.fte is not None or by_days):
        yield f"{pointer}/kind", "Full-time equivalents and days are for people alone: make it a line of people."
    if people and line.fte is not None and by_days:
        yield f"{pointer}/fte", "Count people in full-time equivalents or in days at a rate: choose one."
    if people and line.fte is None and not by_days:
        yield f"{pointer}/fte", "Say how much of whose time: full-time equivalents, or days at a rate."
    if people and (line.days is None) != (line.day_rate is None):
        yield f"{pointer}/days", "Days have a rate, and a rate has days: give both."
    if line.days is not None and line.day_rate is not None:
        valued = (line.days * line.day_rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if valued != line.amount:
            yield (
                f"{pointer}/tranches",
                f"{line.days} days at {line.day_rate} € are {valued} €, and the tranches make {line.amount} €.",
            )
    if line.kind is ContributionKind.ORGANISATIONAL and line.proof is None:
        yield f"{pointer}/proof", "Say what will show that it was done: a letter, minutes, a screenshot."


def _tranches(pointer: str, line: LineTerms) -> Iterator[Finding]:
    if not line.tranches:
        yield f"{pointer}/tranches", "Say what comes when: add a tranche."
    for position, tranche in enumerate(line.tranches):
        place = f"{pointer}/tranches/{position}"
        if tranche.amount < 0 or (tranche.amount == 0 and line.kind is ContributionKind.CASH):
            yield f"{place}/amount", "Cash is more than zero; what has no value in money may be zero."
        if abs(tranche.budget_year - tranche.due_on.year) > 1:
            yield f"{place}/year", f"Due on {tranche.due_on}, it cannot weigh on the budget of {tranche.year}."


def _total(terms: Terms) -> Iterator[Finding]:
    """What nobody promises is refused where it is typed, not where it is added up."""
    total = ZERO
    for position, line in enumerate(terms.lines):
        before, total = total, total + line.amount
        if before <= MOST < total:
            yield f"/lines/{position}/tranches", f"A convention promises {MOST} € at most, with this line {total} €."


def _passing_on(terms: Terms, known: Known, settled: Mapping[UUID | None, Decimal]) -> Iterator[Finding]:
    """What is passed on is counted at its source, so it must be the same money, and no more than there is."""
    taken: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for position, line in enumerate(terms.lines):
        if line.passes_on is None:
            continue
        pointer, upstream = f"/lines/{position}/passes_on", known.upstream.get(line.passes_on)
        if upstream is None:
            yield pointer, "No line with this id is in another convention that was proposed: name one that is."
            continue
        taken[line.passes_on] += line.amount
        if line.id not in settled or line.amount > settled[line.id]:
            yield from ((pointer, finding) for finding in _same_money(line, upstream))
        if taken[line.passes_on] + upstream.passed_on > upstream.amount:
            left = f"{upstream.amount - upstream.passed_on} € of {upstream.reference}"
            yield pointer, f"{left} are not passed on yet: put your own money on a line of its own."


def _passed_on(terms: Terms, known: Known) -> Iterator[Finding]:
    """What others pass on stays, as long as they do."""
    if known.passed_on.keys() - {line.id for line in terms.lines}:
        yield "/lines", "A line that other conventions pass on is missing: it stays until they no longer do."
    for position, line in enumerate(terms.lines):
        passed_on = known.passed_on.get(line.id, ZERO) if line.id else ZERO
        if passed_on and line.amount < passed_on:
            yield (
                f"/lines/{position}/tranches",
                f"{passed_on} € of this line are passed on in other conventions: amend those first.",
            )


def _same_money(line: LineTerms, upstream: Upstream) -> Iterator[str]:
    if not upstream.standing:
        yield f"{upstream.reference} is not on the table any more: nothing of it can be passed on."
    if line.organisation_id in upstream.givers:
        yield f"The money of {upstream.reference} came from this organisation: passed on in a circle, it is no money."
    elif line.organisation_id not in upstream.parties:
        yield f"Only a party of {upstream.reference} passes its money on."
    same = (line.kind, line.nature, line.vat_basis, line.action_id)
    if same != (upstream.kind, upstream.nature, upstream.vat_basis, upstream.action_id):
        yield f"Pass on the same kind, nature and VAT basis, for the same action, as in {upstream.reference}."
