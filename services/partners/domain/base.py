"""What the service's tables share: mapped dataclasses, euros to the cent, aware moments, enumerations as words."""

import enum
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import DateTime, Enum, Text
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from chassis.money import EUROS


def _words(kind: type[enum.Enum]) -> Sequence[str]:
    return [str(member.value) for member in kind]


class Base(MappedAsDataclass, DeclarativeBase, eq=False, kw_only=True):
    """The tables of partners."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        Decimal: EUROS,
        datetime: DateTime(timezone=True),
        enum.Enum: Enum(enum.Enum, native_enum=False, create_constraint=False, length=30, values_callable=_words),
    }
