"""Where an organisation is reached: its seat, and where it wants letters and invoices."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from services.partners.domain.folding import spaced


class AddressUse(StrEnum):
    """What an address is for."""

    SEAT = "seat"
    LETTERS = "letters"
    INVOICES = "invoices"


@dataclass(frozen=True, kw_only=True)
class Address:
    """One address of an organisation; never a person's."""

    use: AddressUse = AddressUse.SEAT
    street: str | None = None
    postal_code: str | None = None
    town: str | None = None

    def kept(self) -> dict[str, Any]:
        """Give it as the database keeps it."""
        said = {name: spaced(value) if value else None for name, value in asdict(self).items()}
        return {**said, "use": self.use.value}

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Address":
        """Read it as the database keeps it."""
        return cls(**{**kept, "use": AddressUse(kept["use"])})
