"""What the budget's tables share: mapped dataclasses, euros to the cent, aware moments, enumerations as words."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import DateTime, Enum, Text
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from chassis.money import EUROS


class Base(MappedAsDataclass, DeclarativeBase, eq=False, kw_only=True):
    """The tables of the budget; two objects are equal only if they are the same one."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        Decimal: EUROS,
        datetime: DateTime(timezone=True),
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=False,
            length=30,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }
