"""The story of a convention in force that is about to be amended."""

from datetime import UTC, datetime
from typing import Any

from werkzeug.test import TestResponse

from chassis import clock
from chassis.testing_http import ApiClient
from tests.services.partners.bodies import SIGNATURE, Json, Story, made


def on_the_day(year: int, month: int, day: int) -> None:
    clock.travel_to(datetime(year, month, day, 9, tzinfo=UTC))


class AmendedStory(Story):
    """A convention is in force; its second tranche, of 50,000 €, is about to change."""

    def __init__(self, door: ApiClient, story: Story) -> None:
        self.door, self.office = door, story.office
        self.departement, self.region, self.mandate = story.departement, story.region, story.mandate
        self.convention = self.in_force()
        [self.line] = self.convention["lines"]
        self.first, self.second = (each["tranche_id"] for each in self.line["tranches"])

    def more(self, amount: str = "65000.00") -> Json:
        return {"kind": "amount", "tranche_id": self.second, "amount": amount}

    def try_to_amend(self, *changes: Json, effective_on: str = "2017-11-01") -> TestResponse:
        body = {"title": "Complément", "effective_on": effective_on, "changes": list(changes) or [self.more()]}
        return self.office.post(f"/v1/conventions/{self.convention['id']}/amendments", json=body)

    def in_force_with(self, *lines: Json, **text: Any) -> Json:
        """Another convention in force."""
        proposal = self.proposal(lines=list(lines), **text)
        made(self.sign(proposal, self.region))
        return made(self.sign(proposal, self.departement))

    def amend(self, convention: Json, *changes: Json, effective_on: str = "2017-11-01") -> TestResponse:
        """Draft an amendment of any convention."""
        body = {"title": "Complément", "effective_on": effective_on, "changes": list(changes)}
        return self.office.post(f"/v1/conventions/{convention['id']}/amendments", json=body)

    def amendment(self, *changes: Json, effective_on: str = "2017-11-01") -> Json:
        draft = made(self.try_to_amend(*changes, effective_on=effective_on))
        return made(self.office.post(f"/v1/amendments/{draft['id']}/proposal"))

    def amendment_at_once(self, *changes: Json) -> Json:
        """One that takes effect with its last signature: its day has come."""
        on_the_day(2017, 11, 1)
        return self.amendment(*changes)

    def sign_amendment(
        self, amendment: Json, who: Json, *, by: ApiClient | None = None, **changes: Any
    ) -> TestResponse:
        path = f"/v1/amendments/{amendment['id']}/signatures/{who['id']}"
        return (by or self.office).put(path, json={**SIGNATURE, **changes}, if_match=amendment["revision"])

    def signed(self, amendment: Json, *others: Json) -> Json:
        for each in (self.region, *others):
            made(self.sign_amendment(amendment, each))
        return made(self.sign_amendment(amendment, self.departement))

    def amended_convention(self) -> Json:
        return made(self.office.get(f"/v1/conventions/{self.convention['id']}"))

    def shown(self, amendment: Json) -> Json:
        return made(self.office.get(f"/v1/amendments/{amendment['id']}"))
