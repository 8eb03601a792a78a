"""Change the key that signs tokens, while everything runs: in good order, or at once where it was stolen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from chassis.database import transaction
from chassis.identity import KEYS_FRESH_SECONDS
from chassis.service import serving
from entente import keys
from entente.reach import reaching, settings_given
from services.partners.use_cases.signing_keys import (
    PUBLISHED_AHEAD_SECONDS,
    prepare_signing_key,
    revoke_signing_keys,
    rotate_signing_key,
)


def revoke() -> None:
    """Let no token count any more that was signed until now, and sign with a new key at once.

    Raises Misused without the key that seals signing keys.
    """
    with _partners(), transaction() as session:
        kid, gone = revoke_signing_keys(session)
    typer.echo(f"{kid} signs from now on; published no more: {', '.join(gone) or 'none'}.")
    typer.echo(
        f"Within {KEYS_FRESH_SECONDS:g} s every service that reaches partners refuses what was signed before; pages"
        " and programs ask for new ones by themselves. A stolen key could have made a client: look at GET /v1/clients."
    )


@contextmanager
def _partners() -> Iterator[None]:
    settings = settings_given()
    if settings.database_url:
        keys.demand_keys(settings, keys.NEEDED["partners"])
    with reaching(settings, ["partners"]) as services, serving(services["partners"]):
        yield


def rotate(*, wait: float = PUBLISHED_AHEAD_SECONDS) -> None:
    """Publish a new key, then let partners sign with it; no request is refused meanwhile.

    Raises Misused without the key that seals signing keys.
    """
    with _partners():
        with transaction() as session:
            kid = prepare_signing_key(session)
        typer.echo(f"{kid} is published; it signs in {wait:g} s, when every service can know it.")
        time.sleep(wait)
        with transaction() as session:
            rotate_signing_key(session, kid=kid)
    typer.echo("New tokens are signed by it; those signed before stay valid to their end.")
