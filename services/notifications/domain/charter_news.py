"""News of the charter: a version that asks for adherence again, and how an organisation's adherence goes."""

from dataclasses import dataclass
from uuid import UUID

from contracts.partners import CharterSignatureState, CharterVersionPublished
from services.notifications.domain.news import News, Reader
from services.notifications.domain.topic import Topic


def adhesion_page(charter_id: UUID, *, reader: Reader, organisation_id: UUID | None) -> str:
    """Give where who acts for the organisation adheres, and where anybody else reads the charter."""
    page = f"charters/{charter_id}"
    return f"{page}/signatories/{organisation_id}" if reader.acts_for(organisation_id) else page


@dataclass(frozen=True, kw_only=True)
class CharterVersionNews(News):
    """A material version: who adheres by an earlier one is asked again.

    `adherence` is that of the reader's organisation now, `asked` how many organisations adhere by an earlier version,
    `newest` the latest material version that we know of.
    """

    charter: CharterVersionPublished
    adherence: CharterSignatureState | None
    asked: int
    newest: int

    @property
    def still_true(self) -> bool:
        """Whether this version still is what is asked, and of the reader: not of who adhered to it or left."""
        return self.newest == self.charter.version and (self.reader.organisation_id is None or self._asks_the_reader)

    @property
    def page(self) -> str:
        """Where one adheres to this version."""
        return adhesion_page(self.charter.charter_id, reader=self.reader, organisation_id=self.reader.organisation_id)

    @property
    def _asks_the_reader(self) -> bool:
        return self.adherence is not None and self.adherence.charter_version < self.charter.version


@dataclass(frozen=True, kw_only=True)
class AdherenceNews(News):
    """An organisation adhered, left, or its adherence lapsed.

    `adherence` is the one that it has now, `asking` the latest material version where it is known.
    """

    signature: CharterSignatureState
    adherence: CharterSignatureState | None
    asking: CharterVersionPublished | None

    @property
    def still_true(self) -> bool:
        """Whether the adherence told is the one held now, or what ended was not given again meanwhile."""
        held = self.adherence.charter_signature_id if self.adherence else None
        return held == (self.signature.charter_signature_id if self.topic is Topic.CHARTER_SIGNED else None)

    @property
    def asks_again(self) -> bool:
        """Whether the reader may adhere again for the organisation whose adherence lapsed."""
        return self.topic is Topic.CHARTER_LAPSED and self.reader.acts_for(self.signature.organisation_id)

    @property
    def page(self) -> str:
        """The charter; where an adherence lapsed, where one adheres to the version that asks for it."""
        charter_id = self.asking.charter_id if self.asking else self.signature.charter_id
        again = self.signature.organisation_id if self.asks_again else None
        return adhesion_page(charter_id, reader=self.reader, organisation_id=again)
