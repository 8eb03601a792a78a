"""HTTP: signatures with validation, rights and outbox, and reads, of one process each, by eight clients at a time."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from stdnum.luhn import calc_check_digit

from bench import ground, seed
from bench.ground import Ground, free_port, processes, settle, start_service
from bench.latency import percentile
from bench.load import CLIENTS, Answers, a_request, all_well, ask
from bench.report import Figure, Report, Target
from chassis import clock
from chassis.context import acting, current_cause
from chassis.database import transaction
from chassis.identifiers import stable_id
from chassis.identity import Caller, Role, sign_token
from chassis.money import VatBasis
from chassis.service import serving
from contracts.partners import ContributionKind, Nature, PartyRole
from services.partners.domain.convention_terms import LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.signing_key import SigningKey
from services.partners.use_cases import conventions as use_cases
from services.partners.use_cases.programmes import know_action, know_programme

ROUNDS, CONVENTIONS, READS = 3, 600, 4000
SIGNERS = [stable_id("bench", "signer", str(number)) for number in range(20)]


def measure() -> Report:
    """Measure every round on the same databases, cloned."""
    found: dict[str, list[Answers]] = {name: [] for name in ("signatures", "projection", "convention")}
    with ground.ground() as here:
        (partners, ids), budget = _filled_partners(here), here.database("budget")
        service = here.service("budget", budget)
        seed.fill_budget(service, 5_000)
        service.engine.dispose()
        settle(budget)
        for _ in range(ROUNDS):
            for name, answers in _round(here, here.database("p", partners), budget, ids).items():
                found[name].append(answers)
            here.drop(f"bench_{here.run}_p")
    figures = {name: Figure([each.rate for each in rounds], "/s") for name, rounds in found.items()}
    for name, rounds in found.items():
        figures[f"{name}, p95"] = Figure([percentile([1000 * took for took in each.took], 95) for each in rounds], "ms")
    return Report(
        "doors",
        "HTTP per process: signatures; reads of the projection by axis and of one convention",
        figures,
        [Target("signatures", 300), Target("projection", 1500), Target("convention", 1500)],
        notes={"clients": CLIENTS, "statuses": {name: dict(each[-1].statuses) for name, each in found.items()}},
    )


def _round(here: Ground, partners: str, budget: str, ids: list[UUID]) -> dict[str, Answers]:
    office = Caller(subject="bench", role=Role.PROGRAMME_OFFICE, name="Bench")
    token = sign_token(here.signing_key, office, lifetime_seconds=3600)
    signing, reading = free_port(), free_port()
    keys = {"ENTENTE_PARTNERS_URL": f"http://127.0.0.1:{signing}"}
    with processes(
        lambda: start_service(here, "partners", partners, "--only", "api", port=signing, **keys),
        lambda: start_service(here, "budget", budget, "--only", "api", port=reading, **keys),
    ):
        shown = [f"/v1/conventions/{each}" for each in ids]
        ask(signing, [a_request("GET", path, token) for path in shown[:200]])
        return {
            "signatures": all_well(ask(signing, _signatures(token, ids))),
            "convention": all_well(ask(signing, [a_request("GET", path, token) for path in shown] * 3)),
            "projection": all_well(ask(reading, [a_request("GET", "/v1/projection?by=axis", token)] * READS)),
        }


def _signatures(token: str, ids: list[UUID]) -> list[bytes]:
    """Write both signatures of every convention down, as the programme office records them from paper."""
    signed = {
        "signed_on": clock.today().isoformat(),
        "signatory": {"name": "Signatory", "capacity": "Maire"},
        "level": "paper",
        "evidence": "Original in the register",
    }
    body = json.dumps(signed).encode()
    return [
        a_request("PUT", f"/v1/conventions/{each}/signatures/{signer}", token, body, If_Match='"1"')
        for place in (0, 1)
        for number, each in enumerate(ids)
        for signer in [_parties(number)[place]]
    ]


def _parties(number: int) -> tuple[UUID, UUID]:
    return SIGNERS[0], SIGNERS[1 + number % (len(SIGNERS) - 1)]


def _filled_partners(here: Ground) -> tuple[str, list[UUID]]:
    """Fill the database of partners with proposed conventions that all their parties may sign."""
    database = here.database("partners")
    service = here.service("partners", database)
    today = clock.today()
    with serving(service), acting(current_cause()):
        with transaction() as session:
            session.add(SigningKey.sealed(here.signing_key, here.settings.encryption_key, now=datetime.now(UTC)))
            know_programme(session, replace(seed.a_programme(), starts_on=today, ends_on=None))
            know_action(session, seed.actions()[0])
            for number, signer in enumerate(SIGNERS):
                digits = f"{10_000_000 + number}"
                sheet = Sheet(name=f"Signer {number}", siren=digits + calc_check_digit(digits), funder=True)
                session.add(Organisation.register(signer, sheet)[0])
        ids = [_proposed(number) for number in range(CONVENTIONS)]
    service.engine.dispose()
    settle(database)
    return database, ids


def _proposed(number: int) -> UUID:
    with transaction() as session:
        convention_id = use_cases.draft_convention(session, terms=_terms(number)).id
    with transaction() as session:
        convention = use_cases.open_convention(session, convention_id)
        use_cases.propose_convention(session, convention, on=clock.today())
    return convention_id


def _terms(number: int) -> Terms:
    today = clock.today()
    owner, funder = _parties(number)
    tranche = TrancheTerms(amount=seed.AMOUNT, due_on=today + timedelta(100))
    return Terms(
        programme_code=seed.PROGRAMME,
        title=f"Convention {number}",
        starts_on=today,
        ends_on=today + timedelta(1000),
        parties=(
            PartyTerms(organisation_id=owner, role=PartyRole.PROJECT_OWNER),
            PartyTerms(organisation_id=funder, role=PartyRole.FUNDER),
        ),
        lines=(
            LineTerms(
                organisation_id=funder,
                action_id=seed.actions()[0].action_id,
                kind=ContributionKind.CASH,
                nature=Nature.OPERATING,
                vat_basis=VatBasis.TTC,
                tranches=(tranche,),
            ),
        ),
    )
