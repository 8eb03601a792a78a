"""The register of organisations: lists, search with typos, contacts, former identifiers, imports with their remarks."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from chassis.pagination import paginate
from services.partners.domain.contact import Contact
from services.partners.domain.folding import fold, trigrams
from services.partners.domain.former_identifier import FormerIdentifier
from services.partners.domain.organisation import Organisation
from services.partners.domain.register_import import ImportRemark, RegisterImport
from services.partners.queries.page import Page

ALIKE = 0.5
"""The part of a search's groups of three letters that a name must have to be what was meant."""

SHORTEST = 3
"""A typo in fewer digits or letters could mean anything."""


def organisations(
    session: Session,
    *,
    search: str | None,
    page: Page,
    funder: bool | None = None,
    public: bool | None = None,
    epci_siren: str | None = None,
    flagged: bool | None = None,
) -> dict[str, Any]:
    """Give organisations by name; where no name has the words of `search`, those that resemble it, the likest first.

    Every word of `search` is in the name, or it begins a SIREN, SIRET or RNA, one of former days too.
    """
    narrowed = _narrowed(funder=funder, public=public, epci_siren=epci_siren, flagged=flagged)
    exact = narrowed.where(_says(search)) if search else narrowed
    if search and len(fold(search)) >= SHORTEST and not session.scalar(select(exact.exists())):
        wanted = trigrams(fold(search))
        scored = select(Organisation.id, _score(wanted).label("score")).where(Organisation.trigrams.overlap(wanted))
        alike = scored.cte("alike").prefix_with("MATERIALIZED")  # counted once for each name, not at each mention
        found = narrowed.join(alike, alike.c.id == Organisation.id).where(alike.c.score >= ALIKE * len(wanted))
        return paginate(session, found, alike.c.score.desc(), Organisation.id.desc(), page=page)
    return paginate(session, exact, Organisation.folded_name, Organisation.id, page=page)


def every_organisation(session: Session, **wanted: Any) -> Iterator[Organisation]:
    """Give organisations by name, some hundred at a time, so that memory stays the same however many there are."""
    search = wanted.pop("search", None)
    statement = _narrowed(**wanted)
    if search:
        statement = statement.where(_says(search))
    statement = statement.order_by(Organisation.folded_name, Organisation.id).execution_options(yield_per=500)
    for some in session.scalars(statement).partitions():
        yield from some
        session.expunge_all()


def merged_into(session: Session, organisation_id: UUID) -> Sequence[Organisation]:
    """Give the duplicates that ended in an organisation."""
    return session.scalars(
        select(Organisation).where(Organisation.merged_into_id == organisation_id).order_by(Organisation.folded_name)
    ).all()


def count_members(session: Session, siren: str | None) -> int:
    """Count the organisations that name this SIREN as that of their inter-municipal body."""
    members = select(func.count()).where(Organisation.epci_siren == siren, Organisation.merged_into_id.is_(None))
    return session.scalar(members) or 0 if siren else 0


def former_identifiers(session: Session, organisation_id: UUID) -> Sequence[FormerIdentifier]:
    """Give the numbers that an organisation no longer has, the last one first."""
    statement = select(FormerIdentifier).where(FormerIdentifier.organisation_id == organisation_id)
    return session.scalars(statement.order_by(FormerIdentifier.until.desc(), FormerIdentifier.id.desc())).all()


def organisation_of_siren(session: Session, siren: str | None) -> Organisation | None:
    """Give who has a SIREN."""
    return session.scalar(select(Organisation).where(Organisation.siren == siren)) if siren else None


def contacts(session: Session, *, organisation_id: UUID, page: Page) -> dict[str, Any]:
    """Give the people through whom an organisation speaks."""
    statement = select(Contact).where(Contact.organisation_id == organisation_id).options(joinedload(Contact.person))
    return paginate(session, statement, Contact.id, page=page)


def imports(session: Session, *, page: Page) -> dict[str, Any]:
    """Give the imports, the latest first."""
    return paginate(
        session, select(RegisterImport), RegisterImport.received_at.desc(), RegisterImport.id.desc(), page=page
    )


def import_remarks(session: Session, *, import_id: UUID, refused: bool | None, page: Page) -> dict[str, Any]:
    """Give what an import found wrong, line by line."""
    session.get_one(RegisterImport, import_id)
    statement = select(ImportRemark).where(ImportRemark.import_id == import_id)
    if refused is not None:
        statement = statement.where(ImportRemark.refused == refused)
    return paginate(session, statement, ImportRemark.position, page=page)


def _narrowed(
    *, epci_siren: str | None = None, flagged: bool | None = None, **equal: bool | None
) -> Select[Organisation]:
    statement = select(Organisation).where(Organisation.merged_into_id.is_(None))
    for name, value in equal.items():
        if value is not None:
            statement = statement.where(getattr(Organisation, name) == value)
    if epci_siren:
        statement = statement.where(Organisation.epci_siren == epci_siren)
    if flagged is not None:
        unknown = Organisation.identifier_flag.is_not(None)
        statement = statement.where(unknown if flagged else ~unknown)
    return statement


def _says(search: str) -> Any:
    words = and_(true(), *(Organisation.folded_name.contains(word, autoescape=True) for word in fold(search).split()))
    number = "".join(search.split()).upper()
    digits = number.removeprefix("W")
    if not (digits.isascii() and digits.isdigit()):
        return words
    left = exists().where(
        FormerIdentifier.organisation_id == Organisation.id, FormerIdentifier.value.startswith(number)
    )
    numbers = [each.startswith(number) for each in (Organisation.siren, Organisation.siret, Organisation.rna)]
    return or_(words, *numbers, left)


def _score(wanted: list[str]) -> Any:
    """Count the groups of letters that a name shares with those wanted."""
    shared = func.unnest(Organisation.trigrams).table_valued("trigram").render_derived()
    count = select(func.count()).select_from(shared).where(shared.c.trigram.in_(wanted))
    return count.correlate(Organisation).scalar_subquery()
