"""Sums of cash, each told by VAT basis: what is stated without VAT and what with it add up to nothing."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from console.language import UNBREAKABLE, euros, listed
from console.words import in_words

Sums = Mapping[str | None, Decimal]
"""Euros by VAT basis; none where an amount has no basis, or one that is not known."""


def together(amounts: Iterable[tuple[str | None, Decimal | str]]) -> Sums:
    """Add up what each VAT basis has, with VAT first; one that adds up to nothing is left out."""
    sums: dict[str | None, Decimal] = {"TTC": Decimal(0), "HT": Decimal(0)}
    for basis, amount in amounts:
        sums[basis] = sums.get(basis, Decimal(0)) + Decimal(amount)
    return {basis: amount for basis, amount in sums.items() if amount}


def all_together(sums: Iterable[Sums]) -> Sums:
    """Add up sums, each VAT basis by itself."""
    return together(each for one in sums for each in one.items())


def by_basis(sums: Sums, written: Callable[[Decimal], str] = euros) -> str:
    """Write sums for a sentence: 120 000 € TTC et 5 000 € HT."""
    told = [f"{written(amount)} {in_words(basis) if basis else ''}".strip() for basis, amount in sums.items()]
    return listed([each.replace(" ", UNBREAKABLE) for each in told]) if told else written(Decimal(0))
