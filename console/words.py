"""The codes of the services in words: statuses, roles, kinds; each with its colour where it has one."""

from flask import Flask

from console.language import phrase, say

STATUS = {
    "draft": ("draft", "quiet"),
    "proposed": ("proposed", "late"),
    "partially_signed": ("partly signed", "late"),
    "in_force": ("in force", "ok"),
    "completed": ("completed", "ok"),
    "terminated": ("terminated", "failed"),
    "refused": ("refused", "failed"),
    "withdrawn": ("withdrawn", "quiet"),
    "expired": ("expired", "quiet"),
}
AMENDMENT_STATUS = {
    "draft": ("draft", "quiet"),
    "proposed": ("proposed to its parties", "late"),
    "partially_signed": ("signed by some", "late"),
    "signed": ("signed by all", "ok"),
    "in_force": ("in force", "ok"),
    "refused": ("refused by a party", "failed"),
    "withdrawn": ("taken back", "quiet"),
    "expired": ("expired with its convention", "quiet"),
}
"""An amendment that all have signed awaits its day; it has words of its own, since French has genders."""
WORDS = {
    "cash": "cash",
    "people": "people",
    "in_kind": "in kind",
    "organisational": "organisational",
    "investment": "investment",
    "operating": "operating",
    "project_owner": "project owner",
    "funder": "funder",
    "contributor": "contributor",
    "beneficiary": "beneficiary",
    "TTC": "incl. VAT",
    "HT": "excl. VAT",
    "programme_office": "programme office",
    "partner": "partner",
    "operator": "operator",
    "auditor": "auditor",
    "favourable": "favourable",
    "unfavourable": "unfavourable",
    "reserved": "reserved",
    "paper": "on paper",
    "in_person": "by hand, in person",
    "visa": "by a visa, signed in here",
    "image": "by an image of a signature",
    "certificate": "by certificate",
    "qualified": "by a qualified signature",
    "strong": "strong priority",
    "medium": "medium priority",
    "low": "low priority",
    "need": "Need",
    "sought": "Sought",
    "secured": "Secured",
    "received": "Received",
    "gap": "Gap",
    "axis": "Axis",
    "action": "Action",
    "year": "Year",
    "seat": "its seat",
    "letters": "letters",
    "invoices": "invoices",
    "sign_charter": "the charter",
    "sign_conventions": "conventions",
    "missing": "no SIREN",
    "siren_invalid": "SIREN to correct",
    "siret_invalid": "SIRET to correct",
    "siren_and_siret_differ": "SIREN and SIRET differ",
}


DEADLINES = {
    "tranche_due": "tranche due",
    "convention_ending": "end of a convention",
    "proposal_expiring": "end of a proposal",
    "charter_ending": "end of an adherence",
}

CAUSES = {
    "action": "Need",
    "convention": "Convention",
    "credit_commitment": "Credit committed",
    "payment": "Payment",
    "programme": "Programme",
    "reversal": "Mistake mended",
}


IMPORTS = {
    "waiting": "waits its turn",
    "running": "under way",
    "done": "imported",
    "refused": "not imported",
    "set_aside": "set aside",
}


SERVICES = {
    "partners": phrase("partners and conventions"),
    "actions": phrase("programme and actions"),
    "budget": phrase("financing"),
    "notifications": phrase("deliveries"),
}
"""What a service is there for, for whoever does not operate it."""

_AMENDS = " avenant n° "


def service_in_words(name: str) -> str:
    """Say what a service is there for."""
    return say(SERVICES[name]) if name in SERVICES else name


def reference_in_words(reference: str) -> str:
    """Write a reference in the page's language: partners writes that of an amendment in French."""
    convention, amends, number = reference.partition(_AMENDS)
    return say("%(reference)s amendment no. %(number)s", reference=convention, number=number) if amends else reference


def import_status_in_words(status: str) -> str:
    """Name where an import stands."""
    return say(IMPORTS[status]) if status in IMPORTS else status


def cause_in_words(cause: str) -> str:
    """Name what made an entry of the ledger."""
    return say(CAUSES[cause]) if cause in CAUSES else cause


def deadline_in_words(kind: str) -> str:
    """Name a kind of deadline."""
    return say(DEADLINES[kind]) if kind in DEADLINES else kind


def status_in_words(status: str) -> str:
    """Name where a convention stands."""
    return say(STATUS[status][0]) if status in STATUS else status


def amendment_status_in_words(status: str) -> str:
    """Name where an amendment stands."""
    return say(AMENDMENT_STATUS[status][0]) if status in AMENDMENT_STATUS else status


def status_colour(status: str) -> str:
    """Give the chip's colour of where a convention or an amendment stands."""
    return (STATUS.get(status) or AMENDMENT_STATUS.get(status) or ("", "quiet"))[1]


def in_words(code: str) -> str:
    """Name a code; one without a name stays as it is."""
    return say(WORDS[code]) if code in WORDS else code


REFUSALS = {
    403: "Your role does not allow this: ask an operator.",
    404: "It is not there any more.",
    409: "This cannot be done now: it is being retried already, or has ended meanwhile.",
    422: "Say why: the reason is kept with the event.",
}


def refusal_in_words(status: int, detail: str) -> str:
    """Say why a service refused an operator's decision; an unforeseen refusal in the service's own words."""
    return say(REFUSALS[status]) if status in REFUSALS else detail


def speak_codes(app: Flask) -> None:
    """Let the templates of `app` use these words."""
    app.jinja_env.filters["in_words"] = in_words
    app.jinja_env.filters["reference_in_words"] = reference_in_words
    for each in (
        status_in_words,
        amendment_status_in_words,
        import_status_in_words,
        service_in_words,
        status_colour,
        cause_in_words,
        deadline_in_words,
    ):
        app.jinja_env.globals[each.__name__] = each
