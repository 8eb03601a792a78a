"""What OAuth2 answers when it gives no token (RFC 6749, section 5.2)."""

from http import HTTPStatus


class OAuthError(Exception):
    """No token, for one of the standard's reasons; the description is for the developer who reads it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description

    @property
    def status(self) -> HTTPStatus:
        """401 where the client could not prove who it is, else 400."""
        return HTTPStatus.UNAUTHORIZED if self.error == "invalid_client" else HTTPStatus.BAD_REQUEST
