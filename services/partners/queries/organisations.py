"""The register of organisations: lists, search with typos, contacts, former identifiers, imports with their remarks."""

import math
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    false,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound
from chassis.pagination import paginate
from services.partners.domain.contact import Contact
from services.partners.domain.folding import fold, groups_of_three, trigrams
from services.partners.domain.former_identifier import FormerIdentifier
from services.partners.domain.organisation import Organisation
from services.partners.domain.register_import import ImportChange, ImportRemark, RegisterImport
from services.partners.queries.organisation_rows import ROW, WHOLE
from services.partners.queries.page import Page

_BY_NAME = (Organisation.folded_name, Organisation.id)

_ONE = select(WHOLE.label("told"), Organisation.sequence).where(Organisation.id == bindparam("id"))

ALIKE = 0.5
"""The part of a search's groups of three letters that a name must have to be what was meant."""

_ALIKE = text("""
SELECT organisations.id, count(*) AS score
FROM organisations
CROSS JOIN LATERAL unnest(organisations.trigrams) AS its(trigram)
JOIN unnest(CAST(:wanted AS text[])) AS wanted(trigram) ON wanted.trigram = its.trigram
WHERE organisations.trigrams && ARRAY(
    SELECT each.trigram
    FROM unnest(CAST(:wanted AS text[])) AS each(trigram)
    LEFT JOIN (
        SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[])) AS trigram,
            unnest(most_common_elem_freqs) AS often
        FROM pg_stats WHERE schemaname = current_schema AND tablename = 'organisations' AND attname = 'trigrams'
    ) AS known ON known.trigram = each.trigram
    ORDER BY coalesce(known.often, 0), each.trigram
    LIMIT :looked_up
)
GROUP BY organisations.id HAVING count(*) >= :least""")
"""The names that share at least so many groups of letters with those wanted, and how many.

A name that shares 9 of 17 has one at least of any 9 of them: so those are looked up that PostgreSQL's statistics know
as the rarest, and few names are counted. Without statistics, or with old ones, the answer is the same, later.
"""

SHORTEST = 3
"""A typo in fewer digits or letters could mean anything."""
SHORT = range(4, 7)
"""Letters of a word so short that one slip spoils most of its groups of three."""


def organisations(
    session: Session | Connection,
    *,
    search: str | None,
    page: Page,
    funder: bool | None = None,
    public: bool | None = None,
    epci_siren: str | None = None,
    flagged: bool | None = None,
) -> dict[str, Any]:
    """Give the rows of organisations, as JSON, by name.

    Every word of `search` is in the name, or it begins a SIREN, SIRET or RNA, one of former days too; where no name has
    the words, those that are one slip away from a short one are, or else those that resemble it, the likest first. What
    has neither a letter nor a digit finds nothing.
    """
    narrowed = _narrowed(select(ROW), funder=funder, public=public, epci_siren=epci_siren, flagged=flagged)
    search = (search or "").strip()
    if not search:
        return paginate(session, narrowed, *_BY_NAME, page=page)
    words, exact = fold(search), narrowed.where(_says(search))
    if len(words) < SHORTEST:
        return paginate(session, exact, *_BY_NAME, page=page)
    for nearest in (exact, *(narrowed.where(each) for each in _one_slip_away(words))):
        if not page["cursor"] and (found := paginate(session, nearest, *_BY_NAME, page=page))["items"]:
            return found
        if page["cursor"] and session.scalar(select(nearest.exists())):
            return paginate(session, nearest, *_BY_NAME, page=page)
    return _alike(session, narrowed, trigrams(words), page)


def _alike(session: Session | Connection, narrowed: Select[Any], wanted: list[str], page: Page) -> dict[str, Any]:
    least = math.ceil(ALIKE * len(wanted))
    told = bindparam("wanted", wanted, ARRAY(Text))
    counted = _ALIKE.bindparams(told, looked_up=len(wanted) - least + 1, least=least)
    counted_columns = counted.columns(column("id", Uuid), column("score", Integer))
    alike = counted_columns.cte("alike").prefix_with("MATERIALIZED")  # counted once for each name, not at each mention
    found = narrowed.join(alike, alike.c.id == Organisation.id)
    return paginate(session, found, alike.c.score.desc(), Organisation.id.desc(), page=page)


def organisation(connection: Connection, organisation_id: UUID) -> tuple[str, int]:
    """Give what is known of an organisation, as JSON, and the version that this is.

    Raises NotFound.
    """
    found = connection.execute(_ONE, {"id": organisation_id}).one_or_none()
    if found is None:
        raise NotFound(f"No organisation {organisation_id} is here.")
    return found.told, found.sequence


def every_organisation(session: Session, **wanted: Any) -> Iterator[Organisation]:
    """Give organisations by name, some hundred at a time, so that memory stays the same however many there are."""
    search: str = wanted.pop("search", None) or ""
    statement = _narrowed(select(Organisation), **wanted)
    if search.strip():
        statement = statement.where(_says(search))
    statement = statement.order_by(Organisation.folded_name, Organisation.id).execution_options(yield_per=500)
    for some in session.scalars(statement).partitions():
        yield from some
        session.expunge_all()


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


def import_changes(session: Session, *, import_id: UUID, page: Page) -> dict[str, Any]:
    """Give what an import changes of whom, or would, line by line."""
    session.get_one(RegisterImport, import_id)
    statement = select(ImportChange).where(ImportChange.import_id == import_id)
    return paginate(session, statement, ImportChange.line, page=page)


def _narrowed(
    statement: Select[Any], *, epci_siren: str | None = None, flagged: bool | None = None, **equal: bool | None
) -> Select[Any]:
    statement = statement.select_from(Organisation).where(Organisation.merged_into_id.is_(None))
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
    folded = fold(search).split()
    words = and_(*(_has(word) for word in folded)) if folded else false()
    number = "".join(search.split()).upper()
    digits = number.removeprefix("W")
    if not (digits.isascii() and digits.isdigit()):
        return words
    left = exists().where(
        FormerIdentifier.organisation_id == Organisation.id, FormerIdentifier.value.startswith(number)
    )
    numbers = [each.startswith(number) for each in (Organisation.siren, Organisation.siret, Organisation.rna)]
    return or_(words, *numbers, left)


def _one_slip_away(words: str) -> Iterator[ColumnElement[bool]]:
    """Say that a name has a word like a short one: two letters changed places, one is another, missing or too many."""
    if len(words) in SHORT and words.isalpha():
        cuts = [(words[:at], words[at:]) for at in range(len(words) + 1)]
        swapped = [before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1]
        another = [f"{before}[a-z]{after[1:]}" for before, after in cuts if after]
        missing = [f"{before}[a-z]{after}" for before, after in cuts]
        too_many = [before + after[1:] for before, after in cuts if after]
        forms = "|".join([*swapped, *another, *missing, *too_many])
        yield Organisation.folded_name.regexp_match(rf"\m({forms})\M")


def _has(word: str) -> Any:
    """Say that a name has a word or a part of one; its groups of letters then are the name's too, and have an index."""
    there = Organisation.folded_name.contains(word, autoescape=True)
    within = groups_of_three(word)
    return and_(there, Organisation.trigrams.contains(within)) if within else there
