"""Envelopes: an axis's estimate, replaced by a new version."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.outbox import announce
from services.budget.domain.envelope import Envelope, Estimate
from services.budget.domain.programme import Axis
from services.budget.use_cases.booking import basis_of

BeforeChange = Callable[[int], None]
"""Called with the version about to be replaced; raises when the caller speaks of another one."""


def revise_envelope(
    session: Session,
    axis: tuple[str, str],
    estimate: Estimate,
    *,
    before_change: BeforeChange,
    author: str,
    at: datetime,
) -> Envelope:
    """Replace the envelope of an axis (programme code, axis code); what says nothing new makes no version.

    Raises NotFound for an axis that is not known here, and whatever `before_change` raises.
    """
    basis = basis_of(session, axis[0])
    if session.get(Axis, axis, with_for_update=True) is None:
        raise NotFound(f"{axis[0]} has no axis {axis[1]}.")
    present = session.scalar(
        select(Envelope)
        .where(Envelope.programme_code == axis[0], Envelope.axis_code == axis[1])
        .order_by(Envelope.version.desc())
        .limit(1)
    )
    if present is None:
        envelope, revised = Envelope.first(axis, estimate, vat_basis=basis, author=author, at=at)
    elif present.estimate() == estimate and present.vat_basis is basis:
        return present
    else:
        before_change(present.version)
        envelope, revised = present.revise(estimate, vat_basis=basis, author=author, at=at)
    session.add(envelope)
    announce(session, revised)
    return envelope
