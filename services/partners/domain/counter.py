"""References of conventions: one counter row per prefix and year, so that numbers have no holes."""

from sqlalchemy.orm import Mapped, mapped_column

from services.partners.domain.base import Base


class ReferenceCounter(Base):
    """The last number given under a prefix in a year."""

    __tablename__ = "reference_counters"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def reference(prefix: str, year: int, number: int) -> str:
    """Write a reference: SUN-2017-014."""
    return f"{prefix}-{year}-{number:03d}"
