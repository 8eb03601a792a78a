"""The register of organisations."""

from typing import Any

from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import Session

from chassis.pagination import paginate
from services.partners.domain.folding import fold
from services.partners.domain.organisation import Organisation
from services.partners.queries.page import Page


def organisations(session: Session, *, search: str | None, page: Page) -> dict[str, Any]:
    """Give organisations by name; every word of `search` is in the name, or it begins a SIREN or SIRET."""
    statement = select(Organisation)
    if search:
        digits = "".join(search.split())
        words = and_(
            true(), *(Organisation.folded_name.contains(word, autoescape=True) for word in fold(search).split())
        )
        numbers = [Organisation.siren.startswith(digits), Organisation.siret.startswith(digits)]
        statement = statement.where(or_(words, *numbers) if digits.isascii() and digits.isdigit() else words)
    return paginate(session, statement, Organisation.folded_name, Organisation.id, page=page)
