"""The words of our e-mails, French and English, and how each language writes amounts and days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from chassis.money import VatBasis
from contracts.partners import ContributionKind, PartyRole
from services.notifications.channels.words import charters, conventions, deadlines, shared
from services.notifications.domain.stakeholder import Language

UNBREAKABLE = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"
_NUMBERED = re.compile(r"\b([Vv]ersion|action|amendment|n°) (?=\d)")

FRENCH: Mapping[str, str] = {**shared.FRENCH, **conventions.FRENCH, **charters.FRENCH, **deadlines.FRENCH}
ENGLISH: Mapping[str, str] = {**shared.ENGLISH, **conventions.ENGLISH, **charters.ENGLISH, **deadlines.ENGLISH}

_ROLES = {
    PartyRole.PROJECT_OWNER: ("Maître d’ouvrage", "Project owner"),
    PartyRole.FUNDER: ("Financeur", "Funder"),
    PartyRole.CONTRIBUTOR: ("Contributeur", "Contributor"),
    PartyRole.BENEFICIARY: ("Bénéficiaire", "Beneficiary"),
}
_KINDS = {
    ContributionKind.CASH: ("Argent", "Cash"),
    ContributionKind.PEOPLE: ("Du temps de travail", "People’s time"),
    ContributionKind.IN_KIND: ("Un apport en nature", "A contribution in kind"),
    ContributionKind.ORGANISATIONAL: ("Un appui à l’organisation", "Organisational support"),
}
_VAT = {VatBasis.TTC: ("TTC", "incl. VAT"), VatBasis.HT: ("HT", "excl. VAT")}


@dataclass(frozen=True)
class Tongue:
    """One language: its words, and how it writes figures."""

    code: Language
    locale: Locale
    words: Mapping[str, str]
    column: int

    def say(self, name: str, **facts: object) -> str:
        """Say something with the facts in their places.

        A number stays with what it numbers, and in French nothing breaks before `: ; ? !` and inside « ».
        """
        said = _NUMBERED.sub(rf"\1{UNBREAKABLE}", self.words[name].format(**facts))
        return _unbroken(said) if self.code is Language.FRENCH else said

    def euros(self, amount: Decimal) -> str:
        """Write an amount; cents only where there are any."""
        pattern = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
        written = format_decimal(amount, pattern, locale=self.locale)
        return f"{written}{UNBREAKABLE}€" if self.code is Language.FRENCH else f"€{written}"

    def totals(self, totals: Mapping[VatBasis, Decimal]) -> str:
        """Write a sum for each VAT basis, one after the other: they are never added."""
        return self.listed([self.with_basis(amount, basis) for basis, amount in sorted(totals.items(), reverse=True)])

    def with_basis(self, amount: Decimal, basis: VatBasis) -> str:
        """Write an amount with its VAT basis."""
        return f"{self.euros(amount)} {_VAT[basis][self.column]}".replace(" ", UNBREAKABLE)

    def day(self, day: date) -> str:
        """Write a date in full; the first of a month the French way."""
        written = str(format_date(day, f"d'{UNBREAKABLE}'MMMM y", locale=self.locale))
        return f"1er{written[1:]}" if day.day == 1 and self.code is Language.FRENCH else written

    def percent(self, share: int) -> str:
        """Write a share in whole percent."""
        return f"{share}{UNBREAKABLE}%" if self.code is Language.FRENCH else f"{share}%"

    def listed(self, things: Sequence[str]) -> str:
        """Write things one after another, with "and" before the last."""
        return str(format_list(things, locale=self.locale))

    def role(self, role: PartyRole) -> str:
        """Name a party's role."""
        return _ROLES[role][self.column]

    def kind(self, kind: ContributionKind) -> str:
        """Name what is brought."""
        return _KINDS[kind][self.column]


TONGUES = {
    Language.FRENCH: Tongue(Language.FRENCH, Locale("fr"), FRENCH, 0),
    Language.ENGLISH: Tongue(Language.ENGLISH, Locale("en", "GB"), ENGLISH, 1),
}


def _unbroken(said: str) -> str:
    for mark, space in ((" :", UNBREAKABLE), (" ;", THIN), (" ?", THIN), (" !", THIN), (" »", UNBREAKABLE)):
        said = said.replace(mark, space + mark[1])
    return said.replace("« ", f"«{UNBREAKABLE}")
