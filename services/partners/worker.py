"""The event and timer door: partners follows the programme, and notices when a convention's period is over."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import is_away, transaction
from chassis.messaging import Worker, every, subscribe
from chassis.observability import log_fault
from contracts.actions import (
    ActionChanged,
    ActionPlanned,
    ActionState,
    ProgrammeDefined,
    SeatClosed,
    SeatOpened,
    SeatState,
)
from contracts.budget import CreditCommitted, CreditReallocated, EntryReversed, PaymentRecorded
from services.partners.use_cases import (
    amendment_effects,
    charters,
    conventions,
    deadlines,
    imports,
    mandates,
    payments,
    programmes,
)


class PartnersWorker(Worker):
    """What partners does when actions speaks, and as time goes by."""

    name = "partners"

    @subscribe(ProgrammeDefined, queue="partners.know_programme")
    def know_programme(self, session: Session, defined: ProgrammeDefined) -> None:
        """A convention belongs to a programme, whose code begins its reference."""
        programmes.know_programme(session, defined)

    @subscribe(ActionPlanned, ActionChanged, queue="partners.know_action")
    def know_action(self, session: Session, action: ActionState) -> None:
        """A convention promises something to actions that are known and open."""
        programmes.know_action(session, action)

    @subscribe(SeatOpened, SeatClosed, queue="partners.know_seat")
    def know_seat(self, session: Session, seat: SeatState) -> None:
        """A departure closes seats: which ones can be said beforehand."""
        programmes.know_seat(session, seat)

    @subscribe(CreditReallocated, CreditCommitted, EntryReversed, queue="partners.know_credit")
    def know_credit(self, session: Session, done: CreditReallocated | CreditCommitted | EntryReversed) -> None:
        """Credit moved or committed rests on its mandate, whose text stays as it is from then on."""
        mandates.know_credit(session, done)

    @subscribe(PaymentRecorded, EntryReversed, queue="partners.know_payment")
    def know_payment(self, session: Session, done: PaymentRecorded | EntryReversed) -> None:
        """What a tranche received is a fact: no amendment promises less."""
        payments.know_payment(session, done)

    @every(30)
    def lapse_adherences(self) -> None:
        """Who did not adhere again in time to a material new version of the charter no longer does."""
        lapsed = charters.AT_ONCE
        while lapsed == charters.AT_ONCE:
            with transaction() as session:
                lapsed = charters.lapse_adherences(session, today=clock.today())

    @every(1)
    def import_registers(self) -> None:
        """Registers that came as files are worked through, one after the other, each from where it stopped."""
        while import_next():
            pass

    @every(3600)
    def forget_files(self) -> None:
        """The file of an import that nobody confirmed is not kept for ever."""
        with transaction() as session:
            imports.forget_files(session)

    @every(30)
    def put_amendments_in_force(self) -> None:
        """What all have signed takes effect on its day, once, and later where nobody was there on that day."""
        put_in_force = True
        while put_in_force:
            with transaction() as session:
                due = amendment_effects.due_amendments(session, today=clock.today())
            put_in_force = True in [put_in_force_of(convention_id) for convention_id in due]

    @every(30)
    def end_elapsed_conventions(self) -> None:
        """What was not signed in time expires, what was in force is completed."""
        ended = conventions.AT_ONCE
        while ended == conventions.AT_ONCE:
            with transaction() as session:
                ended = conventions.end_elapsed_conventions(session, today=clock.today())

    @every(30)
    def announce_deadlines(self) -> None:
        """What falls due is announced on its day, each once, and later where nobody was there on that day."""
        announced = deadlines.AT_ONCE
        while announced == deadlines.AT_ONCE:
            with transaction() as session:
                announced = deadlines.announce_deadlines(session, today=clock.today(), at=clock.now())


def put_in_force_of(convention_id: UUID) -> bool:
    """Put the due amendment of one convention in force; tell whether it was so, and nobody else was first."""
    with transaction() as session:
        return amendment_effects.take_effect_of(session, convention_id, today=clock.today())


def import_next() -> bool:
    """Work through the import whose turn it is; tell whether there is more to do at once."""
    with transaction() as session:
        import_id = imports.take_up(session)
    if import_id is None:
        return False
    try:
        _work_through(import_id)
    except Exception as error:
        if is_away(error):
            raise
        log_fault("import failed", import_id=str(import_id))
        with transaction() as session:
            imports.note_failure(session, import_id, error)
        return False
    return True


def _work_through(import_id: UUID) -> None:
    with transaction() as session:
        register = imports.open_file(session, import_id)
    while register:
        with transaction() as session:
            if imports.advance(session, import_id, register).over:
                break
