"""References of conventions: one counter row per programme and year, so that numbers have no holes."""

from sqlalchemy.orm import Mapped, mapped_column

from services.partners.domain.base import Base


class ReferenceCounter(Base):
    """The last number given in a programme in a year."""

    __tablename__ = "reference_counters"

    programme_code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
