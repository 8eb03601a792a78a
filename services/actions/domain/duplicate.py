"""Organisations that ended as the duplicate of another one: their seats are that one's."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.actions.domain.base import Base


class Duplicate(Base):
    """One that ended, and whom it was merged into."""

    __tablename__ = "duplicates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    merged_into_id: Mapped[UUID]
    merged_into_name: Mapped[str]
