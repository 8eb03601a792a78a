"""News: what every e-mail has, whatever it tells of. Each kind says when it is still true, and where one acts on it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain.topic import Topic


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads: the organisation whose people they are of, None for the programme office; and whether they decide."""

    name: str
    organisation_id: UUID | None
    organisation: str | None
    decides: bool

    def acts_for(self, organisation_id: UUID | None) -> bool:
        """Say whether it is the reader's to act for this organisation."""
        return self.decides and organisation_id is not None and self.organisation_id == organisation_id


@dataclass(frozen=True, kw_only=True)
class News(ABC):
    """What an e-mail tells: its topic, who reads it, and the programme's title where it is known."""

    topic: Topic
    reader: Reader
    programme: str | None

    @property
    @abstractmethod
    def still_true(self) -> bool:
        """Whether nothing came since that makes it untrue, or needless."""

    @property
    @abstractmethod
    def page(self) -> str:
        """The path of the console's page where its reader sees it or acts on it."""
