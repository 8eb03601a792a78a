"""Register organisations, one by one or line by line, and change what is known of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, union
from sqlalchemy.orm import Session, aliased

from chassis import clock
from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import new_id, stable_id
from chassis.outbox import announce
from services.partners.domain.former_identifier import FormerIdentifier, IdentifierKind
from services.partners.domain.identifiers import read_identifiers
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.register_file import RegisterLine, Remark, read_register


def register_organisation(session: Session, *, sheet: Sheet) -> Organisation:
    """Make an organisation known.

    Raises RuleBroken where its SIREN is that of another one, InvalidInput where its office moves on a day to come.
    """
    sheet.ensure_the_office_has_moved(clock.today())
    siren = read_identifiers(sheet.siren, sheet.siret).siren
    _refuse_known_siren(session, siren)
    return _register(session, sheet, _id_for(session, siren))


def hold_organisation(session: Session, organisation_id: UUID) -> Organisation:
    """Give an organisation that something new shall name, which no merger takes away until the commit.

    Raises NotFound, RuleBroken for a duplicate that was merged: it names whom to use.
    """
    statement = select(Organisation).where(Organisation.id == organisation_id)
    held = statement.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    organisation = session.scalar(held)
    if organisation is None:
        raise NotFound(f"No organisation {organisation_id} is registered.")
    organisation.ensure_it_is_itself()
    return organisation


def change_organisation(session: Session, organisation: Organisation, *, sheet: Sheet) -> Organisation:
    """Replace what is known of an organisation; identifiers that it leaves behind still find it.

    Raises RuleBroken where its new SIREN is that of another one, or where it was merged into another, and InvalidInput
    where its office moves on a day to come.
    """
    organisation.ensure_it_is_itself()
    siren = read_identifiers(sheet.siren, sheet.siret).siren
    if siren != organisation.siren:
        _refuse_known_siren(session, siren)
    return _change(session, organisation, sheet, today=clock.today())


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """What one line changes of an organisation, named as it is called before, or would on a dry run."""

    line: int
    organisation_id: UUID
    name: str
    differences: list[dict[str, str | None]]

    @classmethod
    def of(cls, line: RegisterLine, organisation: Organisation, sheet: Sheet) -> "LineChange":
        """Tell it before it is done."""
        differences = [
            {"column": name, "before": _said(before), "after": _said(after)}
            for name, (before, after) in organisation.differences(sheet).items()
        ]
        return cls(line=line.number, organisation_id=organisation.id, name=organisation.name, differences=differences)


def _said(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


@dataclass(kw_only=True)
class ImportReport:
    """What became of lines, or would on a dry run; `lines` holds what was found wrong, cell by cell."""

    dry_run: bool
    registered: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    lines: list[Remark] = field(default_factory=list)
    changes: list[LineChange] = field(default_factory=list)


def import_organisations(session: Session, file: bytes, dry_run: bool = False) -> ImportReport:
    """Register or change the organisations of a file, all in this transaction; the same file again changes nothing.

    Raises InvalidInput where the file cannot be understood.
    """
    register = read_register(file, today=clock.today())
    report = import_lines(session, register.lines, dry_run=dry_run, spoken_of=register.spoken_of)
    report.ignored_columns = register.ignored_columns
    return report


def import_lines(
    session: Session, lines: Sequence[RegisterLine], *, dry_run: bool, spoken_of: dict[UUID, int] | None = None
) -> ImportReport:
    """Register or change the organisations of some lines; what a line does not say stays as it is.

    A line is recognised by its SIREN (a SIRET implies it), also one that the organisation no longer has, then by its
    RNA, and without either by its name among those that have no SIREN and no other RNA, where no other line has that
    name. `spoken_of` keeps between calls which line came first for whom: a later one is refused. Whom the lines speak
    of is held until the commit, so that no change or merger beside this one is lost; on a dry run nobody waits.
    """
    report, known = ImportReport(dry_run=dry_run), _Known(session, lines, hold=not dry_run)
    earlier = {} if spoken_of is None else spoken_of
    for line in lines:
        organisation = None if line.refused else known.match(line)
        if organisation and (first := earlier.setdefault(organisation.id, line.number)) != line.number:
            line.remark("name", f"Already on line {first}.", suggestion="Keep one.", refused=True)
        if not line.refused and (other := known.bearer_of_its_rna(line)) not in (None, organisation):
            line.remark("rna", f"Is the RNA of {other.name}.", suggestion="Merge both, or mend it.", refused=True)
        _import_line(session, line, organisation, known, report)
        report.lines += line.remarks
    return report


def recall(session: Session, lines: Sequence[RegisterLine], spoken_of: dict[UUID, int]) -> None:
    """Note in `spoken_of` of whom these lines, which were imported before an interruption, spoke first."""
    known = _Known(session, lines, hold=False)
    for line in lines:
        if not line.refused and (organisation := known.match(line)):
            spoken_of.setdefault(organisation.id, line.number)


def _import_line(
    session: Session, line: RegisterLine, organisation: Organisation | None, known: "_Known", report: ImportReport
) -> None:
    if line.refused:
        report.refused += 1
    elif organisation is None:
        report.registered += 1
        if not report.dry_run:
            _register(session, line.upon(None), known.new_id(line))
    elif not organisation.differs(sheet := line.upon(organisation.sheet)):
        report.unchanged += 1
    else:
        report.changed += 1
        report.changes.append(LineChange.of(line, organisation, sheet))
        if not report.dry_run:
            _change(session, organisation, sheet, today=clock.today())


class _Known:
    """The organisations that lines may speak of, read at once; `hold` keeps others from changing or merging them."""

    def __init__(self, session: Session, lines: Iterable[RegisterLine], *, hold: bool) -> None:
        spoken = [line for line in lines if not line.refused]
        sirens = {line.siren for line in spoken if line.siren}
        numbers = {line.rna for line in spoken if line.rna}
        names = {line.folded_name for line in spoken}
        derived = {stable_id("organisation", siren): siren for siren in sirens}
        found = _spoken_of(session, sirens, numbers, names, hold=hold)
        known = [each for each in found if each.merged_into_id is None]
        self._by_id = {each.id: each for each in known}
        self._by_siren = {each.siren: each for each in known if each.siren}
        self._by_rna = {each.rna: each for each in known if each.rna}
        self._nameless: dict[str, list[Organisation]] = defaultdict(list)
        for each in known:
            if not each.siren:
                self._nameless[each.folded_name].append(each)
        self._ended: dict[str, list[Organisation]] = defaultdict(list)
        for each in found:
            if each.merged_into_id:
                self._ended[each.folded_name].append(each)
        self._left = _left_behind(session, sirens - set(self._by_siren))
        self._taken = set(session.scalars(select(Organisation.id).where(Organisation.id.in_(derived))))

    def match(self, line: RegisterLine) -> Organisation | None:
        """Give the organisation that a line speaks of, if it is known."""
        siren, rna = line.siren, line.rna
        if siren and (found := self._by_siren.get(siren)):
            return found
        id_then, until = self._left.get(siren or "", (None, None))
        if organisation := self._by_id.get(id_then) if id_then else None:
            if organisation.siren is None:
                return organisation
            for name in ("siren", "siret"):
                line.facts.pop(name, None)
            line.remark(
                "siren", f"Was its SIREN until {until}: the present one is kept.", suggestion=organisation.siren
            )
            return organisation
        by_rna = self.bearer_of_its_rna(line)
        if by_rna and (siren is None or by_rna.siren is None):
            return by_rna
        return self._by_name(line) or (None if siren or rna else self._survivor(line))

    def bearer_of_its_rna(self, line: RegisterLine) -> Organisation | None:
        """Give the organisation that has a line's RNA."""
        return self._by_rna.get(line.rna) if line.rna else None

    def _by_name(self, line: RegisterLine) -> Organisation | None:
        """Give the first registered of a line's name that has no SIREN, and no other RNA than the line's."""
        if line.namesakes and (line.siren or line.rna):
            return None
        named = (each for each in self._nameless.get(line.folded_name, ()) if not (line.rna and each.rna))
        return next(named, None)

    def _survivor(self, line: RegisterLine) -> Organisation | None:
        """Give whom the duplicate that a line names was merged into; that one keeps its own name.

        Several of that name that became several ones say nothing of whom the line means.
        """
        ended = self._ended.get(line.folded_name, [])
        survivors = {each.merged_into_id for each in ended if each.merged_into_id}
        survivor = self._by_id.get(survivors.pop()) if len(survivors) == 1 else None
        if survivor:
            for name in ("name", "siren", "siret"):
                line.facts.pop(name, None)
            line.remark("name", f"Was merged into {survivor.name} on {ended[-1].merged_on}: taken for that one.")
        return survivor

    def new_id(self, line: RegisterLine) -> UUID:
        """Give the id of a line's organisation that is not known yet."""
        derived = stable_id("organisation", line.siren) if line.siren else None
        return derived if derived and derived not in self._taken else new_id()


def _spoken_of(
    session: Session, sirens: set[str], numbers: set[str], names: set[str], *, hold: bool
) -> Sequence[Organisation]:
    """Give the organisations that these find, the oldest first: who has or had them, and whom their bearer became.

    Held, they are asked for again until those whom one waited for have made no other one so.
    """
    former, ended = FormerIdentifier, aliased(Organisation)
    had = select(former.organisation_id).where(former.kind == IdentifierKind.SIREN, former.value.in_(sirens))
    became = select(ended.merged_into_id).where(ended.merged_into_id.is_not(None), ended.folded_name.in_(names))
    nameless = and_(Organisation.siren.is_(None), Organisation.folded_name.in_(names))
    held: Sequence[Organisation] | None = None
    while True:
        ids = session.scalars(union(had, became)).all()
        meant = or_(Organisation.siren.in_(sirens), Organisation.rna.in_(numbers), nameless, Organisation.id.in_(ids))
        statement = select(Organisation).where(meant).order_by(Organisation.id)
        if hold:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        found = session.scalars(statement).all()
        if not hold or found == held:
            return found
        held = found


def _left_behind(session: Session, sirens: set[str]) -> dict[str, tuple[UUID, date]]:
    """Give by SIREN the organisations that no longer have it, and until when they had."""
    if not sirens:
        return {}
    statement = (
        select(FormerIdentifier.value, FormerIdentifier.organisation_id, FormerIdentifier.until)
        .where(FormerIdentifier.kind == IdentifierKind.SIREN, FormerIdentifier.value.in_(sirens))
        .order_by(FormerIdentifier.until, FormerIdentifier.id)
    )
    return {siren: (organisation_id, until) for siren, organisation_id, until in session.execute(statement).tuples()}


def _register(session: Session, sheet: Sheet, id: UUID) -> Organisation:
    organisation, registered = Organisation.register(id, sheet)
    session.add(organisation)
    announce(session, registered)
    return organisation


def _change(session: Session, organisation: Organisation, sheet: Sheet, *, today: date) -> Organisation:
    session.add_all(organisation.left_behind(sheet, today=today))
    if changed := organisation.change(sheet):
        announce(session, changed)
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
