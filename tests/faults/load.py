"""Work for a platform: last signatures given over HTTP by several people at once, each until it is acknowledged."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.identity import Caller, Role
from chassis.money import VatBasis
from chassis.service import serving
from contracts.partners import ContributionKind, Nature, PartyRole, SignatureLevel
from entente.loading import action_id, organisation_id
from services.partners.domain.convention import Convention
from services.partners.domain.convention_terms import LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.domain.mandate import Mandate
from services.partners.domain.signing import Signing
from services.partners.use_cases.conventions import (
    draft_convention,
    open_convention,
    propose_convention,
    sign_convention,
)
from tests.faults.platform import HTTP, Platform

AUTHORITY, FUNDER = organisation_id("220400014"), organisation_id("210400701")
ACTION = action_id("SUN04", "1.2")
OFFICE = Caller(subject="office", role=Role.PROGRAMME_OFFICE)
PEOPLE = 4
LONGEST_PAUSE = 0.2
INSISTS_FOR = 180.0
"""Seconds for which a signer asks again where no answer comes."""


class Signatures:
    """Conventions in which the authority's signature alone is missing, and people who give it, spread over seconds."""

    def __init__(self, platform: Platform, many: int, *, title: str = "Services numériques", over: float = 1.0) -> None:
        self.platform, self._pause = platform, min(over * PEOPLE / many, LONGEST_PAUSE)
        with serving(platform.services["partners"]), acting(Cause(str(uuid4()), None, "load", new_traceparent())):
            self._mandate, self.waiting = _prepare(platform, title, many)
        self._given: list[Future[None]] = []

    @contextmanager
    def being_given(self) -> Iterator[None]:
        """Give them while something happens; all are acknowledged at the end."""
        with ThreadPoolExecutor(PEOPLE) as people:
            self._given = [people.submit(self._sign, convention) for convention in self.waiting]
            yield
            for each in self._given:
                each.result()

    def give(self) -> None:
        """Give them all."""
        with self.being_given():
            pass

    def wait_for_some(self) -> None:
        """Come back when a third is acknowledged, or fail with what was answered."""
        for each in islice(as_completed(self._given), max(len(self.waiting) // 3, 1)):
            each.result()

    def _sign(self, convention: Convention) -> None:
        signed = {
            "signed_on": clock.today().isoformat(),
            "signatory": {"name": "Signataire", "capacity": "Président"},
            "level": "paper",
            "evidence": "Original, registre des conventions",
            "mandate_id": str(self._mandate),
        }
        url = f"{self.platform.programs['partners'].url}/v1/conventions/{convention.id}/signatures/{AUTHORITY}"
        headers = {"Authorization": f"Bearer {self.platform.token}", "If-Match": f'"{convention.revision}"'}
        _insist(lambda: HTTP.put(url, json=signed, headers=headers))
        self.platform.acknowledged[str(convention.id)] = str(convention.lines[0].tranches[0].amount)
        time.sleep(self._pause)


class Changes:
    """Names of organisations changed again and again by many people at once, for as long as it is asked."""

    def __init__(self, platform: Platform, people: int) -> None:
        self.platform, self._stopping = platform, threading.Event()
        self.acknowledged: dict[str, list[str]] = {}
        for number in range(people):
            made = platform.call(
                "POST", "partners", "/v1/organisations", json={"name": f"Association {uuid4()} {number}"}
            )
            self.acknowledged[made["id"]] = []

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """Change names while something happens."""
        with ThreadPoolExecutor(len(self.acknowledged)) as people:
            changing = [people.submit(self._change, organisation) for organisation in self.acknowledged]
            try:
                yield
            finally:
                self._stopping.set()
            for each in changing:
                each.result()

    def _change(self, organisation: str) -> None:
        url = f"{self.platform.programs['partners'].url}/v1/organisations/{organisation}"
        with httpx.Client(
            headers={"Authorization": f"Bearer {self.platform.token}"}, timeout=30, trust_env=False, verify=False
        ) as http:
            tag = _insist(lambda: http.get(url)).headers["ETag"]
            while not self._stopping.is_set():
                name = f"Association {uuid4()}"
                answer = _insist(lambda: http.put(url, json={"name": name}, headers={"If-Match": tag}))  # noqa: B023  asked at once
                tag = answer.headers["ETag"]
                self.acknowledged[organisation].append(name)


def _insist(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask until the answer is yes: what is not acknowledged was perhaps not done."""
    until = time.monotonic() + INSISTS_FOR
    while True:
        try:
            answer = ask()
            if answer.is_success:
                return answer
            assert answer.status_code in (429, 500, 502, 503), answer.text
            said = answer.text
        except httpx.TransportError as error:
            said = repr(error)
        assert time.monotonic() < until, f"Never acknowledged: {said}"
        time.sleep(0.05)


def _prepare(platform: Platform, title: str, many: int) -> tuple[UUID, Sequence[Convention]]:
    """Draft, propose and let the funder sign, in a few transactions."""
    waiting: list[Convention] = []
    with transaction() as session:
        mandate = session.scalars(select(Mandate.id)).one()
    while len(waiting) < many:
        with transaction() as session:
            drafted = [_draft(session, platform, title, mandate) for _ in range(min(100, many - len(waiting)))]
        with transaction() as session:
            waiting += [_one_signature_short(session, convention.id) for convention in drafted]
    return mandate, waiting


def _draft(session: Session, platform: Platform, title: str, mandate: UUID) -> Convention:
    platform.prepared += 1
    today = clock.today()
    tranche = TrancheTerms(amount=Decimal(1000 + platform.prepared), due_on=today + timedelta(days=100))
    line = LineTerms(
        organisation_id=FUNDER,
        action_id=ACTION,
        kind=ContributionKind.CASH,
        nature=Nature.OPERATING,
        vat_basis=VatBasis.TTC,
        tranches=(tranche,),
    )
    terms = Terms(
        programme_code="SUN04",
        title=f"{title} {platform.prepared}",
        starts_on=today,
        ends_on=today + timedelta(days=1000),
        illustrative=True,
        parties=(
            PartyTerms(organisation_id=AUTHORITY, role=PartyRole.PROJECT_OWNER, mandate_id=mandate),
            PartyTerms(organisation_id=FUNDER, role=PartyRole.FUNDER),
        ),
        lines=(line,),
    )
    return draft_convention(session, terms=terms)


def _one_signature_short(session: Session, convention_id: UUID) -> Convention:
    today = clock.today()
    convention = open_convention(session, convention_id)
    propose_convention(session, convention, on=today)
    paper = Signing(
        signed_on=today,
        signatory_name="Signataire",
        capacity="Maire",
        level=SignatureLevel.PAPER,
        fingerprint=convention.fingerprint,
        evidence="Original, registre des conventions",
    )
    return sign_convention(session, convention, organisation_id=FUNDER, signing=paper, today=today, by=OFFICE)
