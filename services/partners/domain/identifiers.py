"""SIREN and SIRET: both are checked, since a SIRET may pass its checksum while its SIREN does not."""

from dataclasses import dataclass
from enum import StrEnum

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number


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
    """Give a SIREN (9 digits) or SIRET (14) in its plain form, or None if it is not one."""
    number = siret_number if length == 14 else siren_number
    try:
        return str(number.validate(typed))
    except ValidationError:
        return None


def suggestion(typed: str, *, length: int) -> str | None:
    """Give the valid identifier that a spreadsheet may have cut the leading zeros from, or None."""
    digits = "".join(each for each in typed.removesuffix(".0") if each.isdigit())
    return valid(digits.zfill(length), length=length) if digits else None
