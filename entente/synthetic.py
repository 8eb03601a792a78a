"""An invented programme as large as wanted, the same for the same seed: to measure, and to try pages with much."""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import typer
from rich.progress import Progress
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.luhn import calc_check_digit

from chassis import clock
from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.identifiers import new_id, stable_id
from chassis.identity import Caller, Role
from chassis.money import VatBasis
from chassis.service import Service, serving
from contracts.actions import Axis, Need, Priority
from contracts.partners import ContributionKind, Nature, PartyRole, SignatureLevel
from entente.loading import progress_bar, wait_until_settled
from entente.reach import reaching, settings_given
from entente.replay import bring
from services.actions.domain.action import Sheet
from services.actions.domain.programme import Frame
from services.actions.use_cases import define_programme, write_action
from services.partners.domain.convention import Convention
from services.partners.domain.convention_terms import LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.domain.register_file import RegisterLine
from services.partners.domain.signing import Signing
from services.partners.use_cases import conventions as use_cases
from services.partners.use_cases.organisations import import_lines

PROGRAMME, AXES, ACTIONS = "ESSAI", 4, 40
ORGANISATIONS, CONVENTIONS, SEED = 2_000, 5_000, 2017
AT_ONCE = 100
"""Conventions in one transaction; an interrupted load goes on after the last of them."""

OFFICE = Caller(subject="program:load", role=Role.PROGRAMME_OFFICE)
KINDS = (
    ("Commune de", "7210"),
    ("Syndicat mixte de", "7355"),
    ("Association des amis de", "9220"),
    ("Région de", "7230"),
)
SYLLABLES = (
    "bar",
    "cel",
    "dur",
    "for",
    "gre",
    "las",
    "man",
    "mou",
    "oli",
    "pey",
    "que",
    "rie",
    "sis",
    "tal",
    "val",
    "vol",
)


@dataclass(frozen=True)
class Size:
    """How much is wanted, and which invention."""

    organisations: int = ORGANISATIONS
    conventions: int = CONVENTIONS
    seed: int = SEED


def load_synthetic(size: Size, *, as_json: bool) -> None:
    """Bring an invented programme into the services; what is there already is not made twice."""
    why = Cause(str(new_id()), None, OFFICE.subject, new_traceparent())
    with reaching(settings_given()) as services, acting(why), progress_bar() as bar:
        _define(services)
        bring(services, ["partners", "budget"])
        fill(services["partners"], size, bar)
        left = wait_until_settled(services)
    if as_json:
        typer.echo(json.dumps({"programme": PROGRAMME, **asdict(size), "on_their_way": left}))
        return
    typer.echo(f"{PROGRAMME}, invented: {size.organisations} organisations, {size.conventions} conventions.")
    if left:
        typer.echo(f"{left} events leave when the services run: entente serve")


def fill(partners: Service, size: Size, bar: Progress) -> None:
    """Register the organisations and make the conventions, each in one of the states of its life."""
    lines = [_line(size.seed, number) for number in range(size.organisations)]
    task = bar.add_task("Organisations", total=len(lines))
    for first in range(0, len(lines), 500):
        with serving(partners), transaction() as session:
            import_lines(session, lines[first : first + 500], dry_run=False)
        bar.advance(task, len(lines[first : first + 500]))
    task = bar.add_task("Conventions", total=size.conventions)
    while (done := _made(partners)) < size.conventions:
        bar.update(task, completed=done)
        with serving(partners), transaction() as session:
            for number in range(done, min(done + AT_ONCE, size.conventions)):
                _make(session, size, number, today=clock.today())
    bar.update(task, completed=size.conventions)


def organisation_id(seed: int, number: int) -> UUID:
    """Give the id that the organisation of this number has."""
    return stable_id("organisation", siren(seed, number))


def siren(seed: int, number: int) -> str:
    """Give a number that is well-formed and begins as none that INSEE gives does."""
    digits = f"9{(seed * 7919 + number) % 10_000_000:07}"
    return digits + calc_check_digit(digits)


def _line(seed: int, number: int) -> RegisterLine:
    chance = random.Random(f"{seed} organisation {number}")  # noqa: S311  an invention, not a secret
    kind, category = KINDS[number % len(KINDS)]
    place = "".join(chance.choices(SYLLABLES, k=3)).capitalize()
    facts = {"name": f"{kind} {place} (fictif {number})", "siren": siren(seed, number), "legal_category": category}
    return RegisterLine(number=number, facts={**facts, "population": chance.randrange(100, 50_000), "funder": True})


def _made(partners: Service) -> int:
    with serving(partners), transaction() as session:
        mine = select(func.count()).select_from(Convention).where(Convention.programme_code == PROGRAMME)
        return session.scalar(mine) or 0


def _make(session: Session, size: Size, number: int, *, today: date) -> None:
    chance = random.Random(f"{size.seed} convention {number}")  # noqa: S311  an invention, not a secret
    convention = use_cases.draft_convention(session, terms=_terms(size, number, chance, today))
    state = chance.random()
    if state < 0.1:
        return
    session.flush()
    convention = use_cases.open_convention(session, convention.id)
    use_cases.propose_convention(session, convention, on=today)
    signing = Signing(
        signed_on=today,
        signatory_name="Camille Exemple",
        capacity="Présidente",
        level=SignatureLevel.PAPER,
        fingerprint=convention.fingerprint,
        evidence="Registre d’essai",
    )
    signatures = {True: 2, state < 0.4: 1, state < 0.3: 0}[True]
    for party in convention.parties[:signatures]:
        use_cases.sign_convention(
            session, convention, organisation_id=party.organisation_id, signing=signing, today=today, by=OFFICE
        )


def _terms(size: Size, number: int, chance: random.Random, today: date) -> Terms:
    owner, funder = chance.sample(range(size.organisations), 2)
    parties = {PartyRole.PROJECT_OWNER: organisation_id(size.seed, owner)}
    parties[PartyRole.FUNDER] = organisation_id(size.seed, funder)
    year = today.year + 1
    tranches = tuple(
        TrancheTerms(amount=Decimal(chance.randrange(10_000, 9_000_000)) / 100, due_on=date(year + after, 6, 30))
        for after in range(2)
    )
    return Terms(
        programme_code=PROGRAMME,
        title=f"Convention d’essai {number}",
        starts_on=date(today.year, 1, 1),
        ends_on=date(year + 2, 12, 31),
        illustrative=True,
        parties=tuple(PartyTerms(organisation_id=each, role=role) for role, each in parties.items()),
        lines=(
            LineTerms(
                organisation_id=parties[PartyRole.FUNDER],
                action_id=action_id(number % ACTIONS),
                kind=ContributionKind.CASH,
                nature=Nature.INVESTMENT,
                vat_basis=VatBasis.TTC,
                tranches=tranches,
            ),
        ),
    )


def action_id(number: int) -> UUID:
    """Give the id that the action of this number has."""
    return stable_id("action", PROGRAMME, str(number))


def _define(services: Mapping[str, Service]) -> None:
    year = clock.today().year
    axes = tuple(Axis(code=str(each), title=f"Axe d’essai {each}") for each in range(1, AXES + 1))
    frame = Frame(
        title="Programme d’essai (fictif)",
        starts_on=date(year, 1, 1),
        ends_on=date(year + 5, 12, 31),
        vat_basis=VatBasis.TTC,
        axes=axes,
    )
    with serving(services["actions"]), transaction() as session:
        define_programme(session, PROGRAMME, frame, before_change=_whatever_version)
        for number in range(ACTIONS):
            write_action(session, action_id(number), _sheet(number, year), before_change=_whatever_version)


def _sheet(number: int, year: int) -> Sheet:
    axis = number % AXES + 1
    return Sheet(
        programme_code=PROGRAMME,
        axis_code=str(axis),
        code=f"{axis}.{number}",
        title=f"Action d’essai {number}",
        summary="",
        priority=Priority.MEDIUM,
        lead_organisation_id=None,
        closed=False,
        illustrative=True,
        needs=(Need(year=year + 1, nature=Nature.INVESTMENT, amount=Decimal("9000000.00")),),
    )


def _whatever_version(_: int) -> None:
    """What is invented has one version."""
