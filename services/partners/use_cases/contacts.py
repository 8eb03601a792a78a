"""Keep the people through whom an organisation speaks."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.whole import Whole
from services.partners.domain.contact import Contact, ContactFacts, Signatories
from services.partners.domain.organisation import Organisation
from services.partners.domain.person import Person
from services.partners.use_cases.organisations import hold_organisation

_CONTACT = Whole(Contact, {Contact.person: {}})
_ORGANISATIONS, _CONTACTS = Organisation.__table__, Contact.__table__
_SIGNATORIES = (
    select(_ORGANISATIONS.c.name, _CONTACTS.c.id, _CONTACT.column)
    .select_from(_ORGANISATIONS.outerjoin(_CONTACTS))
    .where(_ORGANISATIONS.c.id == bindparam("id"))
    .order_by(_CONTACTS.c.id)
    .with_for_update(of=_ORGANISATIONS, read=True, key_share=True)
)


def add_contact(
    session: Session, *, organisation_id: UUID, name: str, email: str | None, said: ContactFacts
) -> Contact:
    """Keep a person as a contact; one whose address is known is that person, whose name stays as it is known.

    Raises NotFound, InvalidInput, and RuleBroken where the person has this capacity already, or is somebody else's.
    """
    hold_organisation(session, organisation_id)
    person = _person(session, organisation_id, name, email)
    contact = Contact.of(new_id(), organisation_id, person, said)
    same = select(Contact.id).where(
        Contact.organisation_id == organisation_id, Contact.person_id == person.id, Contact.capacity == said.capacity
    )
    if session.scalar(same):
        raise RuleBroken(f"{person.name} is {said.capacity} here already: change that contact.")
    session.add(contact)
    return contact


def change_contact(session: Session, contact: Contact, *, name: str, email: str | None, said: ContactFacts) -> Contact:
    """Replace what is known of a contact; who may sign in keeps their own name and address.

    Raises InvalidInput, and RuleBroken where the address is another person's.
    """
    person = contact.person
    address = _address(email)
    if person.role is None and (person.name, person.email) != (name, address):
        if address and session.scalar(select(Person.id).where(Person.email == address, Person.id != person.id)):
            raise RuleBroken("Another person has this address: remove this contact and add that person.")
        person.name, person.email = name, address
    contact.change(said)
    return contact


def remove_contact(session: Session, contact: Contact) -> None:
    """Forget a contact; a person whom nothing else knows is forgotten too."""
    person = contact.person
    session.delete(contact)
    session.flush()
    if person.role is None and not session.scalar(select(Contact.id).where(Contact.person_id == person.id).limit(1)):
        session.delete(person)


def contact_of(session: Session, organisation_id: UUID, contact_id: UUID) -> Contact:
    """Give a contact to change it.

    Raises NotFound, also where it is another organisation's.
    """
    statement = select(Contact).where(Contact.id == contact_id, Contact.organisation_id == organisation_id)
    found = session.scalar(statement.options(joinedload(Contact.person)).with_for_update(of=Contact))
    if found is None:
        raise NotFound("This organisation has no such contact.")
    return found


def signatories_of(session: Session, organisation_id: UUID) -> Signatories:
    """Give copies of who is recorded to sign for an organisation, which no merger takes away until the commit.

    Raises NotFound for an unknown organisation.
    """
    rows = session.execute(_SIGNATORIES, {"id": organisation_id}).all()
    if not rows:
        raise NotFound(f"No organisation {organisation_id} is registered.")
    people = tuple(_CONTACT.read(told) for _, contact_id, told in rows if contact_id)
    return Signatories(rows[0].name, people)


def _person(session: Session, organisation_id: UUID, name: str, email: str | None) -> Person:
    address = _address(email)
    known = session.scalar(select(Person).where(Person.email == address)) if address else None
    if known is not None:
        if known.organisation_id != organisation_id:
            raise RuleBroken("This address is in use elsewhere: ask the programme office.")
        return known
    person = Person(id=new_id(), email=address, name=name, role=None, organisation_id=organisation_id, language="fr")
    session.add(person)
    return person


def _address(email: str | None) -> str | None:
    return email.strip().lower() if email else None
