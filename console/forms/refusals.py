"""The services' refusals in the page's language: the known sentences with their facts, any other as it was written."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache

from console.language import count, day, euros, phrase, say

SILENT = phrase("The service does not answer for the moment. Nothing is lost: send it again in a minute.")
FILL_IN = "Fill this in."
NO_DAY = "Write a date that exists, such as 31/12/2017."
NO_NUMBER = "Write a number such as 1,234.56, with two decimals at most."
NO_CHOICE = "Choose one of these."
UNSEEN = "It holds characters that nobody sees: type it anew instead of pasting it."
TOO_LONG = "Too long: %(length)s characters at most."

OTHERWISE = {
    "Missing data for required field.": FILL_IN,
    "Field may not be null.": FILL_IN,
    "Write something, on one line.": FILL_IN,
    "Write something.": FILL_IN,
    "Leave out control characters and line breaks.": UNSEEN,
    "Leave out control characters.": UNSEEN,
    "Write the SHA-256 in 64 small hexadecimal digits.": "A SHA-256 has 64 digits, 0 to 9 and a to f.",
    "Not a valid date.": NO_DAY,
    "Not a valid UUID.": NO_CHOICE,
    "Must be one of: %(choices)s.": NO_CHOICE,
    "Write the amount as a string with at most two decimals and a dot, such as '12000.00'.": NO_NUMBER,
    "Longer than maximum length %(length)s.": TOO_LONG,
    "Length must be between %(least)s and %(length)s.": "It is empty, or longer than %(length)s.",
    "This key came before with another body: use a new key for a new call.": (
        "This form was sent before, and what it said was kept. Look at what is there before you begin a new one."
    ),
    "Needed for a signature recorded for somebody else.": "Say where the proof is kept.",
    "Needed for a signature made in another tool.": "Say where the proof is kept.",
    "it allows %(ceiling)s €, of which %(drawn)s € are promised: %(left)s € are left, %(amount)s € are asked for": (
        "it allows %(ceiling)s, of which %(drawn)s are promised: %(left)s are left, %(amount)s are asked for"
    ),
    "%(left)s € of %(reference)s are not passed on yet: put your own money on a line of its own.": (
        "%(left)s of %(reference)s are not passed on yet: put your own money on a line of its own."
    ),
    "%(amount)s € of this line are passed on in other conventions: amend those first.": (
        "%(amount)s of this line are passed on in other conventions: amend those first."
    ),
    "It still promises %(amount)s € due from %(day)s on: remove those tranches, others may promise them.": (
        "It still promises %(amount)s due from %(day)s on: remove those tranches, others may promise them."
    ),
    "%(amount)s € would still be due after %(day)s: put those tranches on another day, or remove them.": (
        "%(amount)s would still be due after %(day)s: put those tranches on another day, or remove them."
    ),
    "Under mandate %(number)s, %(amount)s € were signed %(basis)s: state the ceiling of its correction likewise.": (
        "Under mandate %(number)s, %(amount)s were signed %(basis)s: state the ceiling of its correction likewise."
    ),
    (
        "Under mandate %(number)s, %(excluding)s € were signed HT and %(including)s € TTC: "
        "no ceiling counts both, leave it out of the correction."
    ): (
        "Under mandate %(number)s, %(excluding)s were signed HT and %(including)s TTC: "
        "no ceiling counts both, leave it out of the correction."
    ),
    "%(amount)s € of this tranche were received already: it cannot promise less.": (
        "%(amount)s of this tranche were received already: it cannot promise less."
    ),
    "A convention promises %(ceiling)s € at most, with this line %(amount)s €.": (
        "A convention promises %(ceiling)s at most, with this line %(amount)s."
    ),
    "%(days)s days at %(rate)s € are %(valued)s €, and the tranches make %(amount)s €.": (
        "%(days)s days at %(rate)s are %(valued)s, and the tranches make %(amount)s."
    ),
    "Write the number as a string with at most two decimals and a dot, such as '0.50'.": NO_NUMBER,
    "Write small letters, digits, - or _.": "Name it otherwise: with letters and digits.",
    "A change of the kind %(kind)s says this.": FILL_IN,
    "A change of the kind %(kind)s does not say this: leave it out.": "Leave this empty.",
    "Not recorded.": "No such mandate is recorded.",
    "oui or non": "yes or no",
    "The body has %(size)s bytes, at most %(limit)s are taken: send less at once.": (
        "It is too large: send less at once, or cut the file into several."
    ),
    "Another clause has the code %(code)s: give each its own.": (
        "Another clause has this title or is of the same model: give each its own."
    ),
}
"""Sentences written for programs, and what a page says instead."""

AS_WRITTEN = (
    "The amount must be more than %(amount)s.",
    "The amount must be at least %(amount)s.",
    # a convention's text
    "It ends on %(end)s, before it starts on %(start)s.",
    "A convention has two parties at least.",
    "One party at least is the project owner.",
    "This organisation is a party already: a party has one role.",
    "No such mandate of this organisation is recorded: record it first, or give its number.",
    "No such mandate of this organisation is recorded.",
    "A funder without a contribution line funds nothing: add its line.",
    "A convention promises something: add a contribution line.",
    "Whoever contributes is a party: add it to the parties.",
    "A beneficiary brings no cash: give it another role.",
    "Action %(code)s belongs to programme %(programme)s.",
    "Action %(code)s is closed: name an open one.",
    "Say what comes when: add a tranche.",
    "Cash is more than zero; what has no value in money may be zero.",
    "Due on %(due)s, it cannot weigh on the budget of %(year)s.",
    "No organisation %(id)s is registered: register it first.",
    "Full-time equivalents and days are for people alone: make it a line of people.",
    "Count people in full-time equivalents or in days at a rate: choose one.",
    "Say how much of whose time: full-time equivalents, or days at a rate.",
    "Days have a rate, and a rate has days: give both.",
    "Say what will show that it was done: a letter, minutes, a screenshot.",
    "Write at most %(most)s.",
    "Write a day between 1900 and 2200.",
    "No line with this id is in another convention that was proposed: name one that is.",
    "A line that other conventions pass on is missing: it stays until they no longer do.",
    "%(reference)s is not on the table any more: nothing of it can be passed on.",
    "The money of %(reference)s came from this organisation: passed on in a circle, it is no money.",
    "Only a party of %(reference)s passes its money on.",
    "Pass on the same kind, nature and VAT basis, for the same action, as in %(reference)s.",
    "Clause %(code)s asks for %(names)s: give a value for each.",
    "The programme has no clause %(code)s: write its text, or add it to the programme's model.",
    "Programme %(code)s is not known here: define it first, or try again soon.",
    "Action %(id)s is not known here: plan it first, or try again soon.",
    "%(name)s keeps its programme, which its reference names: withdraw it instead.",
    "%(name)s ended on %(day)s: change its period before proposing it.",
    "Action %(code)s was closed: take it and its lines out before proposing %(name)s.",
    "%(name)s signed on %(day)s already, otherwise than now said.",
    "%(name)s signed on %(day)s: only the programme office may still withdraw the proposal.",
    "%(name)s is in force from %(start)s to %(end)s: it can end early within, not on %(day)s.",
    "%(name)s left on %(day)s: name who ends it, or nobody.",
    "%(name)s runs until %(day)s.",
    "%(name)s ended on %(day)s: nobody can sign it any more.",
    # a signature
    "It lies in the future.",
    "Nobody has signed on %(day)s yet: today is %(today)s.",
    (
        "%(name)s signs only under a mandate: "
        "name one that authorises %(words)s and is enforceable since %(day)s or before."
    ),
    "Mandate %(number)s does not cover this signature: %(findings)s.",
    "it does not authorise %(words)s",
    "it is not enforceable yet: its date of enforceability is not recorded",
    "it is enforceable only since %(since)s, after %(day)s",
    "it was corrected by %(number)s: name that one",
    "it applies only from %(start)s, after %(day)s",
    "it applied until %(end)s, before %(day)s",
    "it does not cover %(name)s as counterparty",
    "its ceiling is stated %(basis)s, the lines are %(others)s",
    "it lets the %(who)s sign, not the %(capacity)s, and no delegation names %(name)s on %(day)s",
    "The programme office records a derogation: send it the decision.",
    "%(name)s cannot sign this for %(organisation)s: %(findings)s. Recorded to sign it on %(day)s: %(those)s.",
    "%(name)s cannot sign this for %(organisation)s: %(findings)s. Nobody is recorded to sign it on %(day)s.",
    "not among its contacts",
    "recorded as %(capacity)s, not as %(other)s",
    "recorded without the right %(words)s",
    "in this capacity only from %(start)s, after %(day)s",
    "in this capacity until %(end)s, before %(day)s",
    "It is not the fingerprint of this text.",
    "Recorded by the programme office.",
    "%(name)s has no valid SIREN (typed: %(typed)s): correct it before it signs.",
    # the register
    "%(name)s was merged into %(other)s on %(day)s: name that one, %(id)s.",
    "The file is still being tried: confirm it afterwards.",
    "The file is no longer kept, or cannot be read: send it again.",
    "Set aside after %(count)s attempts: %(findings)s",
    "It ended the process that worked on it.",
    "SIREN %(siren)s is that of %(name)s: change that one.",
    "%(name)s is not its own duplicate: choose another one.",
    "%(name)s has both as parties: nobody makes a convention with itself.",
    "Both have a mandate %(number)s: give one of them its right number first.",
    (
        "%(name)s (SIREN %(siren)s) and %(other)s (SIREN %(another)s) are two legal persons: "
        "correct the SIREN that is wrong before merging them."
    ),
    "%(name)s was merged into another organisation on %(day)s: use that one.",
    "Before the first day.",
    "Nine digits.",
    "Four digits.",
    "W and nine digits.",
    "The file is empty: choose one that holds organisations.",
    "This address is in use elsewhere: ask the programme office.",
    "%(name)s is %(capacity)s here already: change that contact.",
    "Another person has this address: remove this contact and add that person.",
    "%(name)s names %(other)s: let it take effect first, or withdraw it.",
    "Both stand in the same %(table)s: mend that first.",
    # the report of an import
    "The name is missing.",
    "It reads as a total, not as an organisation.",
    "Take the line out, or give its SIREN.",
    "“%(text)s” is not a whole number.",
    "“%(text)s” is neither yes nor no.",
    "“%(text)s” is not a day.",
    "“%(text)s” is not an RNA number: left out.",
    "Not a SIREN: left out.",
    "Not a SIREN: nine digits, the last of which checks the others.",
    "Already on line %(line)s.",
    "Is the RNA of %(name)s.",
    "Line %(line)s has this name too, and a number: whom this one means is not known.",
    "Keep one.",
    "Merge both, or mend it.",
    "It has four digits, as abroad: kept as it came.",
    "More cells than titles: put quotes around a name that holds the separator.",
    "Give its SIREN or its RNA number.",
    "Write digits alone.",
    "Was its SIREN until %(day)s: the present one is kept.",
    "Was merged into %(name)s on %(day)s: taken for that one.",
    "No SIREN: kept, and unable to sign until it is known.",
    "Not a SIREN: kept as typed, unable to sign until it is corrected.",
    "Not a SIRET: kept as typed; to be corrected before a payment.",
    "The SIRET belongs to another SIREN: both kept as typed, unable to sign until corrected.",
    "A spreadsheet took it for a number and its last digits are lost: kept as it came, to be corrected.",
    "Longer than %(length)s characters, or on several lines.",
    "W and nine digits, as W043001234.",
    "Write 2024-01-31 or 31/01/2024.",
    # what may happen to a convention
    "%(name)s is %(state)s and cannot be %(verb)s: it may be %(verbs)s.",
    "%(name)s is %(state)s and cannot be %(verb)s: nothing more can happen to it.",
    # the file of an import
    "No column holds the names: call it one of %(titles)s.",
    "Several columns hold the %(column)s: keep one of them.",
    (
        "%(number)s of %(lines)s lines cannot be imported, so none was: correct them and send the file again, "
        "or confirm that they are left out."
    ),
    "The file has more than %(number)s lines: cut it into several.",
    "This spreadsheet cannot be read (%(why)s): save it again, or as CSV.",
    "This spreadsheet is too large: cut it into several files, or save it as CSV.",
    (
        "A cell as far as line %(line)s, column %(number)s holds something: "
        "clear what lies outside of the table, or save it as CSV."
    ),
    "Line %(line)s is not CSV: %(why)s.",
    # an amendment
    "Say what changes: add a change.",
    "The convention says so already: nothing would change.",
    "The convention runs until %(end)s: it is amended before that.",
    "The convention runs from %(start)s: nothing changes before.",
    "The convention has no such tranche: read it again.",
    "The convention has no such line: read it again.",
    "The convention serves this action already.",
    "%(name)s is %(state)s: a convention is amended once at a time.",
    "%(name)s signed on %(day)s: only the programme office may still withdraw the amendment.",
    "%(name)s ended on %(day)s: nothing changes any more.",
    "%(name)s lets the convention end on %(end)s: it cannot be signed on %(day)s, after that.",
    "%(name)s changes version %(before)s of %(other)s, which has version %(now)s by now: write it anew.",
    "Say from when or until when the convention runs.",
    "The convention has no such clause: there is nothing to take out.",
    "It is no party of the convention.",
    # the charter
    "%(name)s left the charter on %(day)s already.",
    "%(name)s signed on %(signed)s: it cannot leave on %(day)s, before that.",
    "Nobody has left on %(day)s yet: today is %(today)s, record it once that day has come.",
    "Version %(number)s says exactly this: publish what differs.",
    "Version %(number)s was published on %(day)s: nobody signed it before.",
    "Version %(number)s changed what one commits to: adhere to that one or a later one.",
    (
        "%(name)s adheres already, by its signature of version %(held)s on %(day)s: "
        "version %(number)s asks nothing new of it."
    ),
    "Give a day to come until when one adheres again.",
    "Nobody adheres again: no day.",
    # a deliberation
    "Give each its own code.",
    "Say what it authorises: add one authorisation at least.",
    "Another organisation's.",
    "Before the start.",
    "The delegation of %(name)s began on %(start)s: it cannot end before.",
    "It was amended from %(day)s on: what follows changes nothing before that day.",
    "A party left on %(day)s: what the others agree on begins on a later day.",
    "It joins by this amendment: it does not leave by the same.",
    "It has left the convention and signs nothing: it promises nothing more.",
    (
        "%(name)s is signed and takes effect on %(day)s: "
        "say then that the convention ends on %(end)s, or let it end before."
    ),
    "The delegation of %(name)s ended on %(end)s already.",
    "Mandate %(number)s was corrected by %(other)s already: correct that one.",
    (
        "The budget counts credit under the mandate that first authorised it: "
        "leave credit out of the correction, or record a new deliberation without naming this one."
    ),
    (
        "Signatures or credit rest on mandate %(number)s: %(columns)s stays as it is. "
        "Record a correction that names this mandate, or a new deliberation."
    ),
    "It was adopted on %(day)s: this cannot be before.",
    "Transmitted on %(day)s, it is enforceable from then on at the earliest.",
    "Published on %(day)s, it is enforceable from then on at the earliest.",
    "A vote is not unanimous where somebody voted against.",
    "With no more votes for than against, nothing was adopted.",
    "Credit is counted by the budget, signatures are counted here: state them as two authorisations.",
    "Another authorisation of it is about credit: state both as one.",
    "Credit is bounded by its ceiling and its budget year alone: leave out parties, hands and period.",
    "It ends before it starts on %(start)s.",
    "Mandate %(number)s of %(name)s is recorded already: complete that one.",
    # anything
    "You ask too often: wait as Retry-After says.",
    "A value is too large or holds a character that cannot be stored: correct it.",
)
"""Sentences written for people, with the places of their facts; the catalogue gives their French.

A fact named `days` or `most` counts something else than euros; one named `words`, `state` or `verb` is a word of the
catalogue itself; `verbs` are several; `findings` are sentences of this table; `name` and `other` may be one of `NAMES`;
`column` is a column of the register.
"""

NAMES = (
    "Amendment %(reference)s",
    "Convention %(reference)s",
    "The draft amendment “%(title)s”",
    "The draft “%(title)s”",
)
"""What the services call a thing in a sentence."""

COLUMNS = {
    "name": "Name",
    "siren": "SIREN",
    "siret": "SIRET",
    "siret_since": "At this SIRET since",
    "legal_form": "Legal form",
    "legal_category": "INSEE category",
    "rna": "RNA",
    "insee_code": "INSEE code of the commune",
    "population": "Population",
    "public": "Its money is public",
    "funder": "It funds",
    "needs_mandate": "It signs only under a deliberation",
    "epci_siren": "SIREN of its EPCI",
    "street": "Street",
    "postal_code": "Postal code",
    "town": "Town",
}
"""The columns of a register's file, as the page of an organisation names them."""

TRUTHS = frozenset({"public", "funder", "needs_mandate"})
"""The columns that say yes or no."""

WORDS = (
    *("changed", "proposed", "signed", "refused", "withdrawn", "expired", "terminated", "completed", "amended"),
    *("draft", "partially signed", "signed", "in force"),
    *("to sign conventions", "to sign the charter", "to approve the roadmap", "to reallocate credit"),
    "to commit credit",
)
"""Words that these sentences take in."""

_CENTS = re.compile(r"-?\d+\.\d\d")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def said(sentence: str) -> str:
    """Say a service's sentence in the page's language, its dates and amounts as one writes them."""
    for pattern, words in _patterns():
        if found := pattern.fullmatch(sentence):
            return say(words, **{name: _readable(name, fact) for name, fact in found.groupdict().items()})
    return sentence


def knows(sentence: str) -> bool:
    """Tell whether a service's sentence is one that the pages say in both languages."""
    return any(pattern.fullmatch(sentence) for pattern, _ in _patterns())


def column_in_words(column: str) -> str:
    """Name a column of a register's file."""
    return say(COLUMNS[column]) if column in COLUMNS else column


def fact_in_words(column: str, fact: str | None) -> str:
    """Write what an import's report says of a fact as people read it."""
    if column in TRUTHS:
        return say("yes") if fact == "true" else say("no")
    if fact and column == "population":
        return count(int(fact))
    return day(fact) if fact and column == "siret_since" else fact or "–"


def _readable(name: str, fact: str) -> str:
    if name in _READERS:
        return _READERS[name](fact)
    if _CENTS.fullmatch(fact):
        return count(Decimal(fact)) if name in ("days", "most") else euros(fact)
    return day(fact) if _ISO_DAY.fullmatch(fact) else fact


def _named(thing: str) -> str:
    for pattern, words in _patterns_of(NAMES):
        if found := pattern.fullmatch(thing):
            return say(words, **found.groupdict())
    return thing


_READERS: Mapping[str, Callable[[str], str]] = {
    "findings": lambda fact: "; ".join(said(each) for each in fact.split("; ")),
    "verbs": lambda fact: say(" or ").join(say(each) for each in fact.split(" or ")),
    "column": column_in_words,
    **dict.fromkeys(("name", "other"), _named),
    **dict.fromkeys(("words", "state", "verb"), say),
}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    known = OTHERWISE | {sentence: sentence for sentence in AS_WRITTEN}
    return [(re.compile("".join(_parts(sentence))), words) for sentence, words in known.items()]


@cache
def _patterns_of(names: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile("".join(_parts(each))), each) for each in names]


def _parts(sentence: str) -> Iterator[str]:
    for place, part in enumerate(re.split(r"%\((\w+)\)s", sentence)):
        yield f"(?P<{part}>.+?)" if place % 2 else re.escape(part)
