"""Money: decimal euros with two places, a string in JSON, never a float."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import marshmallow as ma
from sqlalchemy import Numeric

EUROS = Numeric(14, 2)
PATTERN = r"^-?\d{1,12}(\.\d{1,2})?$"
CENT = Decimal("0.01")

_WRITTEN = re.compile(PATTERN, re.ASCII)


class VatBasis(StrEnum):
    """Whether an amount is without (HT) or with (TTC) value added tax."""

    HT = "HT"
    TTC = "TTC"


class Money(ma.fields.Field[Decimal]):
    """An amount in euros: a JSON string with at most two decimals; anything else is refused, nothing is rounded."""

    default_error_messages = {
        "invalid": "Write the amount as a string with at most two decimals and a dot, such as '12000.00'.",
        "sign": "The amount must be {wanted}.",
    }

    def __init__(self, *, least: Decimal | None = None, above: Decimal | None = None, **more: Any) -> None:
        super().__init__(**{**more, "metadata": {"example": "12000.00", **more.get("metadata", {})}})
        self.least, self.above = least, above

    @property
    def pattern(self) -> str:
        """How it is written."""
        bounds = (self.least, self.above)
        return PATTERN.replace("-?", "") if any(each is not None and each >= 0 for each in bounds) else PATTERN

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
            raise self.make_error("invalid")
        amount = Decimal(value).quantize(CENT) + 0  # so that nothing has no sign, and one way to be written
        if self.least is not None and amount < self.least:
            raise self.make_error("sign", wanted=f"at least {self.least}")
        if self.above is not None and amount <= self.above:
            raise self.make_error("sign", wanted=f"more than {self.above}")
        return amount


class PositiveMoney(Money):
    """An amount above zero."""

    def __init__(self, **more: Any) -> None:
        super().__init__(above=Decimal(0), **more)


class NonNegativeMoney(Money):
    """An amount of zero or more."""

    def __init__(self, **more: Any) -> None:
        super().__init__(least=Decimal(0), **more)
