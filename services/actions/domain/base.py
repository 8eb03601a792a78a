"""The one declarative base of the actions database."""

import enum
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Enum, Text
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from chassis.money import EUROS


class Base(MappedAsDataclass, DeclarativeBase, eq=False, kw_only=True):
    """A mapped dataclass; two objects are equal only if they are the same one."""

    type_annotation_map: ClassVar = {
        str: Text(),
        Decimal: EUROS,
        enum.Enum: Enum(
            enum.Enum, native_enum=False, length=20, values_callable=lambda kind: [each.value for each in kind]
        ),
    }
