"""Mandates and what drew on them, limited to what the asking organisation is party to where it is given."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.pagination import paginate
from services.partners.domain.authorisation import BEARING_MONEY, ZERO, Act, Authorisation, Draw
from services.partners.domain.mandate import WHOLE, Mandate
from services.partners.queries.page import Page

Drawn = dict[tuple[UUID, Act], Decimal]


def mandates(session: Session, *, organisation_id: UUID | None, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give mandates with what remains of them, the latest recorded first."""
    statement = select(Mandate).options(*WHOLE)
    for only in filter(None, (organisation_id, seen_by)):
        statement = statement.where(Mandate.organisation_id == only)
    found = paginate(session, statement, Mandate.id.desc(), page=page)
    return {**found, "items": with_draws(session, found["items"])}


def mandate(session: Session, mandate_id: UUID, *, seen_by: UUID | None = None, lock: bool = False) -> Mandate:
    """Give a mandate; `lock` it to change it.

    Raises NotFound.
    """
    statement = select(Mandate).where(Mandate.id == mandate_id).options(*WHOLE)
    found = session.scalar(statement.with_for_update(of=Mandate) if lock else statement)
    if found is None or seen_by not in (None, found.organisation_id):
        raise NotFound(f"No mandate {mandate_id} is here, or you may not know that it is.")
    return found


def draws(session: Session, mandate: Mandate, *, page: Page) -> dict[str, Any]:
    """Give what was signed, moved and committed under a mandate or carried over to it, the latest first."""
    authorisations = [each.id for each in mandate.authorisations]
    statement = select(Draw).where(Draw.authorisation_id.in_(authorisations))
    return paginate(session, statement, Draw.drawn_on.desc(), Draw.id.desc(), page=page)


def with_draws(session: Session, mandates: Sequence[Mandate]) -> list[dict[str, Any]]:
    """Give mandates as they are shown: with what each act drew on each authorisation, and what remains."""
    ids = [each.id for mandate in mandates for each in mandate.authorisations]
    statement = (
        select(Draw.authorisation_id, Draw.act, func.sum(Draw.amount))
        .where(Draw.authorisation_id.in_(ids), Draw.given_back_on.is_(None))
        .group_by(Draw.authorisation_id, Draw.act)
    )
    drawn: Drawn = {(of, act): amount for of, act, amount in session.execute(statement)}
    resting = select(Draw.mandate_id).where(Draw.mandate_id.in_([each.id for each in mandates])).distinct()
    fixed = set(session.scalars(resting))
    return [_shown(mandate, drawn, fixed=mandate.id in fixed) for mandate in mandates]


def _shown(mandate: Mandate, drawn: Drawn, *, fixed: bool) -> dict[str, Any]:
    columns = {each.key: getattr(mandate, each.key) for each in Mandate.__mapper__.column_attrs}
    return {
        **columns,
        "organisation_name": mandate.organisation.name,
        "authorises": mandate.authorises,
        "authorisations": [_authorisation(each, drawn) for each in mandate.authorisations],
        "delegations": mandate.delegations,
        "fixed": fixed,
    }


def _authorisation(authorisation: Authorisation, drawn: Drawn) -> dict[str, Any]:
    columns = {each.key: getattr(authorisation, each.key) for each in Authorisation.__mapper__.column_attrs}
    acts = [Act(act) for act in authorisation.acts]
    amounts = {act: drawn.get((authorisation.id, act), ZERO) for act in acts if act in BEARING_MONEY}
    ceiling = authorisation.ceiling
    return {
        **columns,
        "acts": acts,
        "draws": [
            {"act": act, "drawn": amount, "remaining": None if ceiling is None else ceiling - amount}
            for act, amount in amounts.items()
        ],
    }
