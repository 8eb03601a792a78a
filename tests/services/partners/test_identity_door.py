"""Who calls, over HTTP: invitations, one-time links, rotating tokens, clients, keys."""

import json
from base64 import b64encode, urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.service import Service, serving
from chassis.testing_http import ApiClient
from services.partners.domain.person import RefreshToken, SignInLink
from services.partners.domain.signing_key import SigningKey
from services.partners.use_cases.people import invite
from services.partners.use_cases.signing_keys import (
    current_signing_key,
    prepare_signing_key,
    revoke_signing_keys,
    rotate_signing_key,
)
from tests.services.partners.bodies import DIGNE, Json, made, office

pytestmark = pytest.mark.needs_postgresql

JEANNE: Json = {"email": "Jeanne@Digne.fr", "name": "Jeanne Martin", "role": "programme_office", "language": "fr"}


def kid_of(token: str) -> str:
    return str(json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))["kid"])


def invited(door: ApiClient, **changes: Any) -> Json:
    return made(office(door).post("/v1/invitations", json={**JEANNE, **changes}))


def signed_in(door: ApiClient, **changes: Any) -> Json:
    return made(door.post("/v1/sign-ins", json={"sign_in_token": invited(door, **changes)["sign_in_token"]}))


def refreshed(door: ApiClient, refresh_token: str) -> TestResponse:
    return door.post("/v1/oauth/token", data={"grant_type": "refresh_token", "refresh_token": refresh_token})


def asked_with(door: ApiClient, token: str, path: str = "/v1/conventions") -> int:
    return door.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def a_client(door: ApiClient, **changes: Any) -> Json:
    return made(office(door).post("/v1/clients", json={"name": "Finances", "role": "programme_office", **changes}))


def granted(door: ApiClient, client: Json, **changes: Any) -> TestResponse:
    form = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
    }
    return door.post("/v1/oauth/token", data={**form, **changes})


def test_a_link_signs_in_once(door: ApiClient) -> None:
    link = {"sign_in_token": invited(door)["sign_in_token"]}

    first, second = door.post("/v1/sign-ins", json=link), door.post("/v1/sign-ins", json=link)

    assert made(first)["person"]["email"] == "jeanne@digne.fr"
    assert asked_with(door, first.get_json()["access_token"]) == 200
    assert (second.status_code, "used already" in second.get_json()["detail"]) == (401, True)


def test_an_old_or_unknown_link_signs_nobody_in(door: ApiClient) -> None:
    link = {"sign_in_token": invited(door)["sign_in_token"]}
    with transaction() as session:
        session.execute(update(SignInLink).values(expires_at=SignInLink.expires_at - timedelta(days=4)))

    assert "too old" in door.post("/v1/sign-ins", json=link).get_json()["detail"]
    assert door.post("/v1/sign-ins", json={"sign_in_token": "guessed"}).status_code == 401


def test_secrets_are_not_kept(door: ApiClient) -> None:
    invitation = invited(door)
    sign_in = made(door.post("/v1/sign-ins", json={"sign_in_token": invitation["sign_in_token"]}))
    client = a_client(door)

    with transaction() as session:
        kept = str(
            [
                session.execute(text(f"SELECT * FROM {table}")).all()
                for table in ("sign_in_links", "refresh_tokens", "clients", "signing_keys", "idempotency_keys")
            ]
        )
    for secret in (invitation["sign_in_token"], sign_in["refresh_token"], client["client_secret"], '"d":'):
        assert secret not in kept


def test_inviting_somebody_known_gives_a_new_link_and_role(door: ApiClient) -> None:
    first, second = invited(door), invited(door, email="JEANNE@digne.fr ".strip(), role="auditor")

    assert first["person"]["id"] == second["person"]["id"]
    person = made(door.post("/v1/sign-ins", json={"sign_in_token": first["sign_in_token"]}))["person"]
    assert person["role"] == "auditor"


def test_a_partner_is_invited_for_an_organisation(door: ApiClient) -> None:
    organisation = made(office(door).post("/v1/organisations", json=DIGNE))

    nowhere = office(door).post("/v1/invitations", json={**JEANNE, "role": "partner"})
    unknown = office(door).post("/v1/invitations", json={**JEANNE, "organisation_id": str(new_id())})
    person = signed_in(door, role="partner", organisation_id=organisation["id"])["person"]

    assert nowhere.get_json()["errors"][0]["pointer"] == "/organisation_id"
    assert unknown.status_code == 404
    assert person["organisation_id"] == organisation["id"]


def test_the_first_administrator_is_invited_by_the_use_case(door: ApiClient) -> None:
    with transaction() as session:
        invitation = invite(session, email="a@cd04.fr", name="A", role=Role.PROGRAMME_OFFICE)

    assert made(door.post("/v1/sign-ins", json={"sign_in_token": invitation.sign_in_token}))


def test_a_refresh_token_gives_the_next_pair_once(door: ApiClient) -> None:
    first = signed_in(door)

    second = made(refreshed(door, first["refresh_token"]))

    assert second["refresh_token"] != first["refresh_token"]
    assert asked_with(door, second["access_token"]) == 200
    assert made(refreshed(door, second["refresh_token"]))


def test_a_refresh_token_used_twice_ends_the_whole_sign_in(door: ApiClient) -> None:
    first, other = signed_in(door), signed_in(door)
    second = made(refreshed(door, first["refresh_token"]))

    stolen = refreshed(door, first["refresh_token"])

    assert (stolen.status_code, stolen.get_json()["error"]) == (400, "invalid_grant")
    assert refreshed(door, second["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert made(refreshed(door, other["refresh_token"]))


def test_a_refresh_token_ends(door: ApiClient) -> None:
    sign_in = signed_in(door)
    with transaction() as session:
        session.execute(update(RefreshToken).values(expires_at=RefreshToken.expires_at - timedelta(days=15)))

    assert refreshed(door, sign_in["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert refreshed(door, "guessed").get_json()["error"] == "invalid_grant"


def test_signing_out_ends_the_sign_ins_of_a_person(door: ApiClient) -> None:
    sign_in = signed_in(door)

    left = door.delete("/v1/sign-ins/current", headers={"Authorization": f"Bearer {sign_in['access_token']}"})

    assert left.status_code == 204
    assert refreshed(door, sign_in["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_a_client_gets_tokens_for_its_secret_in_the_form_or_the_header(door: ApiClient) -> None:
    client = a_client(door)
    basic = b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()

    by_form = made(granted(door, client))
    by_header = made(
        door.post(
            "/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        )
    )

    assert "refresh_token" not in by_form
    assert (by_form["token_type"], by_form["expires_in"], by_form["scope"]) == ("Bearer", 600, "read write")
    assert asked_with(door, by_form["access_token"]) == asked_with(door, by_header["access_token"]) == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
    ],
)
def test_errors_are_those_of_the_standard(door: ApiClient, form: dict[str, str], status: int, error: str) -> None:
    answer = door.post("/v1/oauth/token", data=form)

    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert answer.get_json()["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert (status == 401) == ("WWW-Authenticate" in answer.headers)


def test_a_wrong_secret_and_a_revoked_client_get_nothing(door: ApiClient) -> None:
    client = a_client(door)

    assert granted(door, client, client_secret="guessed").get_json()["error"] == "invalid_client"
    assert office(door).delete(f"/v1/clients/{client['client_id']}").status_code == 204
    assert granted(door, client).status_code == 401
    assert office(door).delete(f"/v1/clients/{client['client_id']}").status_code == 409
    assert office(door).delete(f"/v1/clients/{new_id()}").status_code == 404


def test_a_client_gets_no_more_than_its_scopes(door: ApiClient) -> None:
    reader, writer = a_client(door, scopes=["read"]), a_client(door)

    too_much = granted(door, reader, scope="read write")
    narrowed = made(granted(door, writer, scope="read"))

    assert too_much.get_json()["error"] == "invalid_scope"
    assert narrowed["scope"] == "read"
    sent = {"Authorization": f"Bearer {narrowed['access_token']}"}
    assert door.post("/v1/organisations", json=DIGNE, headers=sent).status_code == 403


@pytest.mark.in_process
def test_a_client_of_a_partner_acts_for_its_organisation(door: ApiClient, partners: Service) -> None:
    organisation = made(office(door).post("/v1/organisations", json=DIGNE))
    client = a_client(door, role="partner", organisation_id=organisation["id"])

    caller = partners.keyring.verify(made(granted(door, client))["access_token"])

    assert (str(caller.organisation_id), caller.role, caller.subject) == (
        organisation["id"],
        Role.PARTNER,
        client["client_id"],
    )


def test_clients_are_listed_without_their_secrets(door: ApiClient) -> None:
    first, second = a_client(door), a_client(door, name="Autre")

    listed = office(door).get("/v1/clients")

    assert [each["id"] for each in made(listed)["items"]] == [second["client_id"], first["client_id"]]
    assert "secret" not in listed.text


def test_the_first_calls_of_an_installation_agree_on_one_key(door: ApiClient) -> None:
    client = a_client(door)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: granted(door, client).status_code, range(4)))

    assert answers == [200] * 4
    assert len(made(door.get("/.well-known/jwks.json"))["keys"]) == 1


def test_without_an_encryption_key_no_token_is_signed(partners: Service) -> None:
    bare = replace(partners, settings=replace(partners.settings, encryption_key=""))

    with serving(bare), transaction() as session, pytest.raises(RuntimeError, match="Set ENTENTE_ENCRYPTION_KEY"):
        current_signing_key(session)


def test_a_rotated_key_stays_published_and_its_tokens_valid(door: ApiClient) -> None:
    before = made(granted(door, a_client(door)))["access_token"]
    with transaction() as session:
        new = prepare_signing_key(session)
    published_ahead = [key["kid"] for key in made(door.get("/.well-known/jwks.json"))["keys"]]
    with transaction() as session:
        rotate_signing_key(session, kid=new)
    after = made(granted(door, a_client(door)))["access_token"]

    keys = made(door.get("/.well-known/jwks.json"))["keys"]

    assert new in published_ahead
    assert next(key["kid"] for key in keys) == new
    assert len(keys) == 2
    assert not any("d" in key for key in keys)
    assert asked_with(door, before) == asked_with(door, after) == 200


def test_after_a_revocation_only_a_new_key_is_published_and_signs(door: ApiClient) -> None:
    before = made(granted(door, a_client(door)))["access_token"]
    (old,) = [key["kid"] for key in made(door.get("/.well-known/jwks.json"))["keys"]]
    with transaction() as session:
        prepare_signing_key(session)
    with transaction() as session:
        new, gone = revoke_signing_keys(session)

    after = made(granted(door, a_client(door)))["access_token"]

    assert len(gone) == 2
    assert old in gone
    assert [key["kid"] for key in made(door.get("/.well-known/jwks.json"))["keys"]] == [new]
    assert (kid_of(before), kid_of(after)) == (old, new)


def test_a_key_retired_long_ago_is_published_no_more(door: ApiClient) -> None:
    made(granted(door, a_client(door)))
    with transaction() as session:
        rotate_signing_key(session, kid=prepare_signing_key(session))
        session.flush()
        session.execute(update(SigningKey).values(retired_at=SigningKey.retired_at - timedelta(days=2)))

    assert len(made(door.get("/.well-known/jwks.json"))["keys"]) == 1


def test_the_private_key_opens_with_its_encryption_key_alone(door: ApiClient, partners: Service) -> None:
    made(granted(door, a_client(door)))
    with transaction() as session:
        key = session.scalars(select(SigningKey)).one()

    assert key.opened(partners.settings.encryption_key)["kid"] == key.kid
    with pytest.raises(InvalidToken):
        key.opened(Fernet.generate_key().decode())
