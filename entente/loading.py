"""Bring a programme's folder into the services; what is there already stays as it is."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.identifiers import new_id, stable_id
from chassis.service import Service, serving
from contracts.actions import Axis
from entente import programme as facts
from entente.reach import reaching, settings_given
from entente.replay import bring, relay_listens, unsettled
from services.actions.domain.action import Sheet as ActionSheet
from services.actions.domain.action import in_order
from services.actions.domain.programme import Frame
from services.actions.use_cases import define_programme, write_action
from services.budget.domain.credit import Move, Reallocation
from services.budget.domain.envelope import Estimate
from services.budget.use_cases import reallocate_credit, revise_envelope
from services.partners.domain.charter import Charter, CharterText
from services.partners.domain.folding import fold
from services.partners.domain.mandate import WHOLE, Act, AuthorisationTerms, Deliberation, Mandate, Opinion
from services.partners.domain.organisation import Organisation
from services.partners.domain.organisation import Sheet as OrganisationSheet
from services.partners.use_cases import charters, mandates, organisations

AUTHOR = "program:load"
PATIENCE = 10.0
"""Seconds without any progress after which a load waits no longer for the workers."""

Services = Mapping[str, Service]


@dataclass
class Loaded:
    """What a load found in the folder, and what of it was new; `on_their_way` events leave when a worker runs."""

    programme: str
    organisations: int = 0
    registered: int = 0
    changed: int = 0
    actions: int = 0
    axes: int = 0
    reallocations: int = 0
    on_their_way: int = 0


def load_programme(folder: Path, *, as_json: bool) -> None:
    """Load a folder and say what came of it.

    Raises InvalidInput where the folder is wrong; then nothing was changed.
    """
    read = facts.read_folder(folder)
    with reaching(settings_given()) as services:
        loaded = load(services, read)
        loaded.on_their_way = wait_until_settled(services)
    if as_json:
        typer.echo(json.dumps(asdict(loaded), ensure_ascii=False))
        return
    typer.echo(
        f"{loaded.programme}: {loaded.axes} axes, {loaded.actions} actions, {loaded.organisations} organisations"
        f" ({loaded.registered} new, {loaded.changed} changed), {loaded.reallocations} reallocation."
    )
    if loaded.on_their_way:
        typer.echo(f"{loaded.on_their_way} events leave when the services run: entente serve")


def load(services: Services, folder: facts.Folder) -> Loaded:
    """Bring a folder into the services, step by step, with a bar on the terminal."""
    work = _Load(services, folder)
    with acting(Cause(str(new_id()), None, AUTHOR, new_traceparent())), progress_bar() as bar:
        task = bar.add_task("", total=len(work.steps))
        for name, step in work.steps.items():
            bar.update(task, description=name)
            step()
            bar.advance(task)
    return work.loaded


def organisation_id(siren: str) -> UUID:
    """Give the id that the organisation of this SIREN gets when it is registered."""
    return stable_id("organisation", siren)


def action_id(programme_code: str, action_code: str) -> UUID:
    """Give the id that a programme's action gets when it is loaded."""
    return stable_id("action", programme_code, action_code)


def wait_until_settled(services: Services) -> int:
    """Wait, where workers run, until every event has ended everywhere; give how many are still on their way."""
    left = unsettled(services)
    if not all(map(relay_listens, services.values())):
        return left
    since = time.monotonic()
    while left and time.monotonic() - since < PATIENCE:
        time.sleep(0.1)
        now_left = unsettled(services)
        if now_left < left:
            since = time.monotonic()
        left = now_left
    return left


@contextmanager
def _at(service: Service) -> Iterator[Session]:
    with serving(service), transaction() as session:
        yield session


class _Load:
    """One folder on its way into the services."""

    def __init__(self, services: Services, folder: facts.Folder) -> None:
        self.services, self.folder, self.programme = services, folder, folder.programme
        self.loaded = Loaded(folder.programme.code)
        self.steps: dict[str, Callable[[], None]] = {
            "Organisations": self._organisations,
            "Mandate": self._mandate,
            "Axes and actions": self._actions,
            "What others must know": self._news,
            "Charter": self._charter,
            "Envelopes and credit": self._money,
        }

    def _organisations(self) -> None:
        with _at(self.services["partners"]) as session:
            for named in self.programme.organisations:
                self.loaded.organisations += 1
                _named(session, named, self.loaded)
            for text in self.folder.registers.values():
                report = organisations.import_organisations(session, text.encode())
                self.loaded.organisations += report.registered + report.changed + report.unchanged
                self.loaded.registered += report.registered
                self.loaded.changed += report.changed

    def _mandate(self) -> None:
        with _at(self.services["partners"]) as session:
            self._mandate_id = _mandate(session, self.programme)

    def _actions(self) -> None:
        code = self.programme.code
        with _at(self.services["actions"]) as session:
            define_programme(session, code, _frame(self.programme), before_change=_whatever_version)
            self.loaded.axes = len(self.programme.axes)
            for action in self.folder.illustrative.actions if self.folder.illustrative else ():
                write_action(
                    session, action_id(code, action.code), _sheet(code, action), before_change=_whatever_version
                )
                self.loaded.actions += 1

    def _news(self) -> None:
        """Partners learns of the programme, budget of mandate and axes by their events.

        They are brought now, whether a worker runs or not.
        """
        bring(self.services, ["partners", "budget"])

    def _charter(self) -> None:
        if self.folder.illustrative:
            with _at(self.services["partners"]) as session:
                _charter(session, self.programme.code, self.folder.illustrative.charter)

    def _money(self) -> None:
        with _at(self.services["budget"]) as session:
            for axis in self.programme.axes:
                revise_envelope(
                    session,
                    (self.programme.code, axis.code),
                    _estimate(self.programme, axis),
                    before_change=_whatever_version,
                    author=AUTHOR,
                    at=clock.now(),
                )
            _reallocate(session, self.programme, self._mandate_id, today=clock.today())
            self.loaded.reallocations = 1


def _named(session: Session, named: facts.NamedOrganisation, loaded: Loaded) -> None:
    sheet = OrganisationSheet(**{each.name: getattr(named, each.name) for each in fields(named)}, siren=named.siren)
    same = Organisation.siren == named.siren if named.siren else Organisation.folded_name == fold(named.name)
    known = session.scalar(select(Organisation).where(same))
    if known is None:
        organisations.register_organisation(session, sheet=sheet)
        loaded.registered += 1
        return
    before = known.sequence
    organisations.change_organisation(session, known, sheet=sheet)
    loaded.changed += known.sequence - before


def _mandate(session: Session, programme: facts.Programme) -> UUID:
    stated = asdict(programme.mandate)
    stated.pop("illustrative")
    stated["authorisations"] = tuple(map(_authorisation, programme.mandate.authorisations))
    if stated["commission_opinion"]:
        stated["commission_opinion"] = Opinion(stated["commission_opinion"])
    deliberation = Deliberation(**stated)
    authority = organisation_id(programme.authority)
    statement = select(Mandate).where(Mandate.organisation_id == authority, Mandate.number == deliberation.number)
    held = mandates.hold_counterparties(session, deliberation)
    known = session.scalar(statement.options(*WHOLE))
    if known is None:
        return mandates.record_mandate(session, organisation_id=authority, deliberation=deliberation).id
    return mandates.complete_mandate(session, known, deliberation=deliberation, counterparties=held).id


def _authorisation(stated: facts.Authorisation) -> AuthorisationTerms:
    acts = tuple(Act(act) for act in stated.acts)
    return AuthorisationTerms(label=stated.label, acts=acts, ceiling=stated.ceiling, signatories=stated.signatories)


def _charter(session: Session, programme_code: str, charter: facts.Charter) -> None:
    known = select(Charter).where(Charter.programme_code == programme_code, Charter.version >= charter.version)
    if session.scalar(known) is None:
        charters.publish_charter(
            session,
            programme_code=programme_code,
            said=CharterText(title=charter.title, text=charter.text),
            on=charter.published_on,
            by=AUTHOR,
        )


def _frame(programme: facts.Programme) -> Frame:
    return Frame(
        title=programme.title,
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
        vat_basis=programme.vat_basis,
        axes=tuple(Axis(code=axis.code, title=axis.title) for axis in programme.axes),
    )


def _sheet(programme_code: str, action: facts.Action) -> ActionSheet:
    stated = {each.name: getattr(action, each.name) for each in fields(action)}
    return ActionSheet(
        **{**stated, "needs": in_order(list(action.needs))},
        programme_code=programme_code,
        lead_organisation_id=None,
        closed=False,
    )


def _estimate(programme: facts.Programme, axis: facts.Axis) -> Estimate:
    return Estimate(amount=axis.envelope, mandate_number=programme.mandate.number, reason=programme.envelope_reason)


def _reallocate(session: Session, programme: facts.Programme, mandate_id: UUID, *, today: date) -> None:
    stated = programme.reallocation
    known = select(Reallocation).where(
        Reallocation.programme_code == programme.code,
        Reallocation.mandate_id == mandate_id,
        Reallocation.from_line == stated.from_line,
        Reallocation.year == stated.year,
    )
    if session.scalar(known) is None:
        move = Move(from_line=stated.from_line, to_line=stated.to_line, year=stated.year, amount=stated.amount)
        reallocate_credit(
            session,
            programme_code=programme.code,
            move=move,
            mandate_id=mandate_id,
            author=AUTHOR,
            at=clock.now(),
            today=today,
        )


def _whatever_version(_: int) -> None:
    """The folder speaks of the present version, whichever it is: who loads it wants what it says."""


def progress_bar() -> Progress:
    """Give a bar on the terminal, which leaves nothing behind."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
