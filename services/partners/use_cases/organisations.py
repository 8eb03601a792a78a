"""Register organisations, one by one or from a file, and change what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.errors import RuleBroken
from chassis.identifiers import new_id, stable_id
from chassis.outbox import announce
from services.partners.domain.folding import fold
from services.partners.domain.identifiers import read_identifiers
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.register_file import RegisterLine, Remark, read_register


def register_organisation(session: Session, *, sheet: Sheet) -> Organisation:
    """Make an organisation known.

    Raises RuleBroken where its SIREN is that of another one.
    """
    siren = read_identifiers(sheet.siren, sheet.siret).siren
    _refuse_known_siren(session, siren)
    return _register(session, sheet, siren)


def change_organisation(session: Session, organisation: Organisation, *, sheet: Sheet) -> Organisation:
    """Replace what is known of an organisation.

    Raises RuleBroken where its new SIREN is that of another one.
    """
    siren = read_identifiers(sheet.siren, sheet.siret).siren
    if siren != organisation.siren:
        _refuse_known_siren(session, siren)
    if changed := organisation.change(sheet):
        announce(session, changed)
    return organisation


@dataclass(kw_only=True)
class ImportReport:
    """What an import did, or would do on a dry run; `lines` holds what was found wrong, cell by cell."""

    dry_run: bool
    registered: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    lines: list[Remark] = field(default_factory=list)


def import_organisations(session: Session, text: str, dry_run: bool = False) -> ImportReport:
    """Register or change the organisations of a CSV file; importing the same file again changes nothing.

    A line is recognised by its SIREN (a SIRET implies it), and without a valid one by its name among those that have
    none. What the file does not say stays as it is. Raises InvalidInput where the file cannot be understood at all.
    """
    register = read_register(text)
    report = ImportReport(dry_run=dry_run, ignored_columns=register.ignored_columns)
    known = _Known(session, register.lines)
    for line in register.lines:
        report.lines += line.remarks
        _import_line(session, line, known, report)
    return report


def _import_line(session: Session, line: RegisterLine, known: "_Known", report: ImportReport) -> None:
    organisation = known.match(line)
    if line.refused:
        report.refused += 1
    elif organisation is None:
        report.registered += 1
        if not report.dry_run:
            sheet = Sheet(**line.facts)
            _register(session, sheet, read_identifiers(sheet.siren, sheet.siret).siren)
    elif not organisation.differs(sheet := replace(organisation.sheet, **line.facts)):
        report.unchanged += 1
    else:
        report.changed += 1
        if not report.dry_run:
            change_organisation(session, organisation, sheet=sheet)


class _Known:
    """The organisations that a file may speak of, read at once."""

    def __init__(self, session: Session, lines: Iterable[RegisterLine]) -> None:
        sirens = {siren for line in lines if (siren := _siren(line))}
        names = {fold(line.facts.get("name", "")) for line in lines}
        statement = select(Organisation).where(
            or_(Organisation.siren.in_(sirens), Organisation.siren.is_(None) & Organisation.folded_name.in_(names))
        )
        found = session.scalars(statement).all()
        self._by_siren = {each.siren: each for each in found if each.siren}
        self._by_name = {each.folded_name: each for each in found if not each.siren}

    def match(self, line: RegisterLine) -> Organisation | None:
        """Give the organisation that a line speaks of, if it is known."""
        return self._by_siren.get(_siren(line) or "") or self._by_name.get(fold(line.facts.get("name", "")))


def _siren(line: RegisterLine) -> str | None:
    return read_identifiers(line.facts.get("siren"), line.facts.get("siret")).siren


def _register(session: Session, sheet: Sheet, siren: str | None) -> Organisation:
    organisation, registered = Organisation.register(_id_for(session, siren), sheet)
    session.add(organisation)
    announce(session, registered)
    return organisation


def _id_for(session: Session, siren: str | None) -> UUID:
    """Give the id that a SIREN always has, so that a programme's file may name who is not here yet."""
    if siren is None:
        return new_id()
    derived = stable_id("organisation", siren)
    return derived if session.get(Organisation, derived) is None else new_id()


def _refuse_known_siren(session: Session, siren: str | None) -> None:
    if siren is None:
        return
    known = session.scalar(select(Organisation).where(Organisation.siren == siren))
    if known is not None:
        raise RuleBroken(f"SIREN {siren} is that of {known.name}: change that one.", organisation_id=str(known.id))
