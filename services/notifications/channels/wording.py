"""The words of our e-mails, French and English, and how each language writes amounts and days."""

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
from services.notifications.domain.stakeholder import Language

UNBREAKABLE = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"

FRENCH: Mapping[str, str] = {
    "in_force.subject": "Convention {reference} en vigueur : {total} acquis",
    "in_force.subject.no_cash": "Convention {reference} en vigueur",
    "in_force.headline": "La convention {reference} est en vigueur : {total} sont désormais acquis.",
    "in_force.headline.no_cash": "La convention {reference} est en vigueur.",
    "in_force.lead": "« {title} » court du {starts_on} au {ends_on}, en vigueur depuis le {in_force_on}. "
    "Parties : {parties}.",
    "in_force.own": "Votre organisation s’y engage pour {own_total} ; première échéance le {first_day} : "
    "{first_amount}.",
    "in_force.instalments": "Ce qui est promis",
    "amended.subject": "Convention {reference} modifiée par l’avenant n° {amendment_number} : {total} acquis",
    "amended.subject.no_cash": "Convention {reference} modifiée par l’avenant n° {amendment_number}",
    "amended.headline": "L’avenant n° {amendment_number} à la convention {reference} a pris effet : {total} sont "
    "désormais acquis.",
    "amended.headline.no_cash": "L’avenant n° {amendment_number} à la convention {reference} a pris effet.",
    "amended.lead": "« {title} » court désormais du {starts_on} au {ends_on} ; l’avenant a pris effet le {amended_on}. "
    "Parties : {parties}.",
    "amended.own": "Votre organisation s’y engage désormais pour {own_total} ; première échéance le {first_day} : "
    "{first_amount}.",
    "amended.instalments": "Ce qui est désormais promis",
    "terminated.subject": "Convention {reference} résiliée : {total} ne sont plus acquis",
    "terminated.subject.no_cash": "Convention {reference} résiliée",
    "terminated.headline": "La convention {reference} prend fin le {ended_on} : {total} ne sont plus acquis.",
    "terminated.headline.no_cash": "La convention {reference} prend fin le {ended_on}.",
    "terminated.lead": "« {title} » devait durer jusqu’au {ends_on}. Ce qui est déjà versé reste acquis. "
    "Parties : {parties}.",
    "terminated.by": "Résiliée à la demande de : {ended_by}.",
    "terminated.reason": "Motif : {reason}.",
    "terminated.by_and_reason": "Résiliée à la demande de : {ended_by}. Motif : {reason}.",
    "terminated.own": "Votre organisation avait promis {own_total} des échéances qui tombent.",
    "terminated.instalments": "Les échéances qui tombent",
    "informed": "Vous êtes tenu au courant : rien n’est attendu de vous.",
    "illustrative": "Exemple : cette convention est donnée à titre d’illustration.",
    "button": "Voir la convention",
    "actions": "Où en sont les actions",
    "action": "Action {code}",
    "action.titled": "Action {code} · {title}",
    "action.gap": "{secured} acquis sur {need} : il manque {gap}.",
    "action.covered": "{secured} acquis sur {need} : rien ne manque.",
    "instalment": "{organisation} · action {code}",
    "total": "Total",
    "in_force.support": "Aussi apporté, hors des totaux",
    "amended.support": "Aussi apporté, hors des totaux",
    "terminated.support": "Prend fin aussi, hors des totaux",
    "support.row": "{organisation} · action {code}",
    "parties": "Les signatures",
    "party": "{role}, signature du {signed_on}",
    "party.unsigned": "{role}",
    "because.party": "Vous recevez ce message parce que votre organisation, {organisation}, "
    "est partie à cette convention.",
    "because.office": "Vous recevez ce message parce que vous suivez le programme{programme}.",
    "because.programme": " « {programme} »",
    "unsubscribe": "Ne plus recevoir ces messages",
}

ENGLISH: Mapping[str, str] = {
    "in_force.subject": "Convention {reference} in force: {total} secured",
    "in_force.subject.no_cash": "Convention {reference} in force",
    "in_force.headline": "Convention {reference} is in force: {total} is now secured.",
    "in_force.headline.no_cash": "Convention {reference} is in force.",
    "in_force.lead": "“{title}” runs from {starts_on} to {ends_on}, in force since {in_force_on}. Parties: {parties}.",
    "in_force.own": "Your organisation commits {own_total} to it; first instalment on {first_day}: {first_amount}.",
    "in_force.instalments": "What is promised",
    "amended.subject": "Convention {reference} changed by amendment {amendment_number}: {total} secured",
    "amended.subject.no_cash": "Convention {reference} changed by amendment {amendment_number}",
    "amended.headline": "Amendment {amendment_number} to convention {reference} is in force: {total} is now secured.",
    "amended.headline.no_cash": "Amendment {amendment_number} to convention {reference} is in force.",
    "amended.lead": "“{title}” now runs from {starts_on} to {ends_on}; the amendment took effect on {amended_on}. "
    "Parties: {parties}.",
    "amended.own": "Your organisation now commits {own_total} to it; first instalment on {first_day}: {first_amount}.",
    "amended.instalments": "What is promised now",
    "terminated.subject": "Convention {reference} terminated: {total} no longer secured",
    "terminated.subject.no_cash": "Convention {reference} terminated",
    "terminated.headline": "Convention {reference} ends on {ended_on}: {total} is no longer secured.",
    "terminated.headline.no_cash": "Convention {reference} ends on {ended_on}.",
    "terminated.lead": "“{title}” was to last until {ends_on}. What has been paid stays paid. Parties: {parties}.",
    "terminated.by": "Terminated at the request of {ended_by}.",
    "terminated.reason": "Reason: {reason}.",
    "terminated.by_and_reason": "Terminated at the request of {ended_by}. Reason: {reason}.",
    "terminated.own": "Your organisation had promised {own_total} of the instalments that fall.",
    "terminated.instalments": "The instalments that fall",
    "informed": "This is for your information: nothing is asked of you.",
    "illustrative": "Example: this convention is given as an illustration.",
    "button": "See the convention",
    "actions": "Where the actions stand",
    "action": "Action {code}",
    "action.titled": "Action {code} · {title}",
    "action.gap": "{secured} secured of {need}: {gap} is missing.",
    "action.covered": "{secured} secured of {need}: nothing is missing.",
    "instalment": "{organisation} · action {code}",
    "total": "Total",
    "in_force.support": "Also brought, outside the totals",
    "amended.support": "Also brought, outside the totals",
    "terminated.support": "Also ends, outside the totals",
    "support.row": "{organisation} · action {code}",
    "parties": "The signatures",
    "party": "{role}, signed on {signed_on}",
    "party.unsigned": "{role}",
    "because.party": "You receive this message because your organisation, {organisation}, is party to this convention.",
    "because.office": "You receive this message because you follow the programme{programme}.",
    "because.programme": " “{programme}”",
    "unsubscribe": "Receive these messages no more",
}

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
        """Say something with the facts in their places; before `: ; ? !` and inside « » nothing breaks in French."""
        said = self.words[name].format(**facts)
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
