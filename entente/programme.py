"""A programme's folder as data: read, checked against its form, and said file and place where it is wrong."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import marshmallow as ma
from marshmallow_dataclass import class_schema
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from chassis.errors import InvalidInput
from chassis.money import Money, VatBasis
from contracts.actions import Need, Priority
from contracts.partners import BY_VALUE, ContributionKind, Nature, PartyRole

FACTS, ILLUSTRATIVE = "programme.json", "illustrative.json"


def _check(is_valid: Any, said: str) -> dict[str, Any]:
    def validate(value: str | None) -> None:
        if value is not None and not is_valid(value):
            raise ma.ValidationError(said)

    return {"validate": validate}


SIREN = _check(siren_number.is_valid, "Not a SIREN: nine digits with a valid checksum.")
SIRET = _check(siret_number.is_valid, "Not a SIRET: fourteen digits with a valid checksum.")
TRUE = {"validate": ma.validate.Equal(True, error="Must be true: nothing here comes from the deliberation.")}


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A strategic axis and the first estimate of its envelope, in euros."""

    code: str
    title: str
    envelope: Decimal


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    """One thing that the deliberation authorises, in its own words; `ceiling` in euros."""

    label: str
    acts: tuple[str, ...]
    ceiling: Decimal | None = None
    signatories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """The founding deliberation."""

    number: str
    title: str
    body: str
    adopted_on: date
    transmitted_on: date | None = None
    published_on: date | None = None
    enforceable_since: date | None = None
    commission: str | None = None
    commission_opinion: str | None = None
    unanimous: bool = False
    authorisations: tuple[Authorisation, ...]
    illustrative: bool = False


@dataclass(frozen=True, kw_only=True)
class Reallocation:
    """Credit moved from one budget line to another, in euros of one year."""

    from_line: str
    to_line: str
    year: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class NamedOrganisation:
    """An organisation that the programme names itself."""

    name: str
    legal_form: str | None = None
    siret: str | None = field(default=None, metadata=SIRET)
    public: bool = True
    funder: bool = False
    needs_mandate: bool = False

    @property
    def siren(self) -> str | None:
        """The first nine digits of its SIRET."""
        return self.siret[:9] if self.siret else None


@dataclass(frozen=True, kw_only=True)
class Programme:
    """What the founding deliberation fixes."""

    code: str
    title: str
    authority: str = field(metadata=SIREN)
    starts_on: date
    ends_on: date | None = None
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    axes: tuple[Axis, ...]
    envelope_reason: str
    mandate: Mandate
    reallocation: Reallocation
    organisations: tuple[NamedOrganisation, ...]
    registers: tuple[str, ...]
    illustrative: bool = False


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """Who signs, known by its SIREN, and in what capacity."""

    organisation: str = field(metadata=SIREN)
    capacity: str


@dataclass(frozen=True, kw_only=True)
class Charter:
    """A version of the charter and those who sign it on a day."""

    illustrative: bool = field(metadata=TRUE)
    title: str
    version: int
    published_on: date
    text: str
    signed_on: date
    signatories: tuple[Signatory, ...]


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action's sheet; needs in euros, in the programme's VAT basis."""

    illustrative: bool = field(metadata=TRUE)
    axis_code: str
    code: str
    title: str
    summary: str
    priority: Priority = field(metadata=BY_VALUE)
    needs: tuple[Need, ...]


@dataclass(frozen=True, kw_only=True)
class ConventionParty(Signatory):
    """A party of a convention."""

    role: PartyRole = field(metadata=BY_VALUE)


@dataclass(frozen=True, kw_only=True)
class Tranche:
    """An amount in euros due on a day."""

    amount: Decimal
    due_on: date
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one party, by SIREN, promises to one action, by code."""

    organisation: str = field(metadata=SIREN)
    action: str
    kind: ContributionKind = field(metadata=BY_VALUE)
    nature: Nature = field(metadata=BY_VALUE)
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    description: str | None = None
    fte: Decimal | None = None
    tranches: tuple[Tranche, ...]


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A convention to be proposed; `key` names it within the folder."""

    illustrative: bool = field(metadata=TRUE)
    key: str
    title: str
    starts_on: date
    ends_on: date
    parties: tuple[ConventionParty, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Adhesions:
    """A small convention with every registered body of a département; amounts in euros, per inhabitant."""

    illustrative: bool = field(metadata=TRUE)
    title: str
    action: str
    department: str
    euros_per_inhabitant: Decimal
    least_amount: Decimal
    starts_on: date
    ends_on: date
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Illustrative:
    """Everything invented."""

    illustrative: bool = field(metadata=TRUE)
    charter: Charter
    actions: tuple[Action, ...]
    conventions: tuple[Convention, ...]
    adhesions: Adhesions


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A whole programme; `registers` are the texts of its CSV files by name."""

    programme: Programme
    illustrative: Illustrative | None
    registers: Mapping[str, str]


class _Strict(ma.Schema):
    TYPE_MAPPING = {Decimal: Money}


def read_folder(folder: Path) -> Folder:
    """Read a programme's folder.

    Raises InvalidInput, whose errors name each file and the place in it.
    """
    facts = _json(folder / FACTS)
    invented = _json(folder / ILLUSTRATIVE) if (folder / ILLUSTRATIVE).exists() else None
    if invented is not None:
        facts = _completed(facts, invented)
    programme = cast(Programme, _read(Programme, facts, FACTS))
    illustrative = cast(Illustrative, _read(Illustrative, invented, ILLUSTRATIVE)) if invented is not None else None
    registers = {name: _text(folder / name) for name in programme.registers}
    return Folder(programme=programme, illustrative=illustrative, registers=registers)


def _completed(facts: dict[str, Any], invented: dict[str, Any]) -> dict[str, Any]:
    """Complete the facts with what is invented of the programme and its mandate; a fact is never replaced."""
    more, mandate = invented.pop("programme", {}), invented.pop("mandate", {})
    return {**more, **facts, "mandate": {**mandate, **facts.get("mandate", {})}}


def _read(kind: type[Any], content: Mapping[str, Any], file: str) -> Any:
    try:
        return class_schema(kind, base_schema=_Strict)().load(content)
    except ma.ValidationError as error:
        found = dict(_places(error.messages, file))
        raise InvalidInput(f"{file} does not have the form of a programme:", found) from error


def _places(messages: Any, place: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _places(inner, place if key == ma.exceptions.SCHEMA else f"{place}/{key}")
    else:
        yield place, [str(message) for message in messages]


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(_text(file), parse_float=_refuse_float)
    except ValueError as error:
        raise InvalidInput(f"{file.name} is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InvalidInput(f"{file.name} must hold a JSON object.")
    return content


def _refuse_float(number: str) -> None:
    raise ValueError(f"write the amount {number} as a string, since JSON numbers lose cents")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise InvalidInput(f"{file} is missing: is {file.parent} a programme's folder?") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.") from error
