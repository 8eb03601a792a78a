"""What a signature of a convention or of an amendment bears on: the other parties, and the cash it promises."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from chassis.money import VatBasis
from contracts.partners import ContributionKind
from services.partners.domain.authorisation import Act, Bearing
from services.partners.domain.convention_terms import ZERO, Terms
from services.partners.domain.organisation import Organisation


def bearing(
    organisation_id: UUID, *, on: UUID, named: str, between: Iterable[Organisation], amounts: Mapping[VatBasis, Decimal]
) -> Bearing:
    """Give what the signature of one organisation bears on, where all those sign."""
    return Bearing(
        act=Act.SIGN_CONVENTIONS,
        subject_id=on,
        subject_name=named,
        counterparties={each.id: each.name for each in between if each.id != organisation_id},
        amounts=amounts,
    )


def cash_of(organisation_id: UUID, terms: Terms) -> dict[VatBasis, Decimal]:
    """Give the cash that a text has an organisation promise itself."""
    amounts: dict[VatBasis, Decimal] = {}
    for line in terms.lines:
        if line.organisation_id == organisation_id and line.kind is ContributionKind.CASH:
            amounts[line.vat_basis] = amounts.get(line.vat_basis, ZERO) + line.amount
    return amounts


def cash_added(organisation_id: UUID, former: Terms, after: Terms) -> dict[VatBasis, Decimal]:
    """Give how much more cash one text has an organisation promise than another, where it differs at all."""
    before, then = cash_of(organisation_id, former), cash_of(organisation_id, after)
    more = {basis: then.get(basis, ZERO) - before.get(basis, ZERO) for basis in {**before, **then}}
    return {basis: amount for basis, amount in more.items() if amount}
