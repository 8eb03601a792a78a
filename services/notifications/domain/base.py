"""The one declarative base of the notifications database."""

import enum
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Enum, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass


class Base(MappedAsDataclass, DeclarativeBase, eq=False, kw_only=True):
    """A mapped dataclass; two objects are equal only if they are the same one."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        enum.Enum: Enum(
            enum.Enum, native_enum=False, length=30, values_callable=lambda kind: [each.value for each in kind]
        ),
    }
