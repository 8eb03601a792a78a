"""SIREN and SIRET: both are checked, since a SIRET may pass its checksum while its SIREN does not."""

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

NOBODY, NO_ESTABLISHMENT = "000000000", "00000"
"""The numbers that no legal person and no establishment has: both pass their checksum."""

RNA = re.compile("W[0-9]{9}")
"""A number of the national register of associations (SCDL, rnaBeneficiaire)."""


class IdentifierFlag(StrEnum):
    """What is wrong with the identifiers that an organisation came with."""

    MISSING = "missing"
    SIREN_INVALID = "siren_invalid"
    SIRET_INVALID = "siret_invalid"
    SIREN_AND_SIRET_DIFFER = "siren_and_siret_differ"


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """Valid identifiers, and what was typed where they are not."""

    siren: str | None = None
    siret: str | None = None
    typed_siren: str | None = None
    typed_siret: str | None = None
    flag: IdentifierFlag | None = None


def read_identifiers(siren: str | None, siret: str | None) -> Identifiers:
    """Read both identifiers as typed; spaces and dots do not matter, and a valid SIRET implies its SIREN.

    An invalid SIRET beside a valid SIREN leaves the SIREN standing. Two valid ones that differ: neither is trusted.
    The rule of La Poste's establishments (SIREN 356000000) comes with python-stdnum.
    """
    siren, siret = (siren or "").strip() or None, (siret or "").strip() or None
    valid_siren, valid_siret = siren and valid(siren, length=9), siret and valid(siret, length=14)
    flag = _flag(siren, siret, valid_siren, valid_siret)
    if flag is None:
        return Identifiers(siren=valid_siren or (valid_siret or "")[:9], siret=valid_siret)
    trusted = valid_siren if flag is IdentifierFlag.SIRET_INVALID else None
    return Identifiers(siren=trusted or None, typed_siren=siren, typed_siret=siret, flag=flag)


def _flag(
    siren: str | None, siret: str | None, valid_siren: str | None, valid_siret: str | None
) -> IdentifierFlag | None:
    wrong = {
        IdentifierFlag.MISSING: not siren and not siret,
        IdentifierFlag.SIREN_INVALID: siren and not valid_siren,
        IdentifierFlag.SIRET_INVALID: siret and not valid_siret,
        IdentifierFlag.SIREN_AND_SIRET_DIFFER: valid_siren and valid_siret and valid_siret[:9] != valid_siren,
    }
    return next((flag for flag, so in wrong.items() if so), None)


def valid(typed: str, *, length: int) -> str | None:
    """Give a SIREN (9 digits) or SIRET (14) in its plain form, or None if it is not one.

    Nine zeros fill the cell of somebody whose number is not known. A SIRET that ends in five zeros passes its checksum
    whenever its SIREN does, and is nobody's: establishments are numbered from 00001. That is what a spreadsheet leaves
    of a SIRET that it took for a number.
    """
    number = siret_number if length == 14 else siren_number
    try:
        plain = str(number.validate(typed))
    except ValidationError:
        return None
    nobodys = plain.startswith(NOBODY) or (length == 14 and plain.endswith(NO_ESTABLISHMENT))
    return None if nobodys else plain


_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)


def as_typed(cell: str) -> str:
    """Give an identifier as it was before a spreadsheet took it for a number, where every digit is still there."""
    number = "".join(cell.split()).replace("\u200b", "")
    if found := _SCIENTIFIC.fullmatch(number):
        digits, exponent = found[1] + (found[2] or ""), int(found[3])
        return digits if len(digits) == exponent + 1 else cell
    return re.sub(r"(?<=\d)[.,]0+$", "", cell)


def digits_lost(typed: str) -> bool:
    """Tell whether a spreadsheet cut the last digits: 1.2E+13, or a SIRET's last five turned into zeros."""
    plain = "".join(typed.split())
    return bool(_SCIENTIFIC.fullmatch(plain)) or (len(plain) == 14 and plain.endswith(NO_ESTABLISHMENT))


def suggestion(typed: str, *, length: int) -> str | None:
    """Give the valid identifier that a spreadsheet may have cut the leading zeros from, or None.

    A SIRET whose establishment was lost still tells its SIREN.
    """
    if length == 14 and digits_lost(typed) and (siren := valid(typed[:9], length=9)):
        return f"SIREN {siren}"
    digits = "".join(each for each in typed.removesuffix(".0") if each.isdigit())
    return valid(digits.zfill(length), length=length) if digits else None
