"""A GitHub App's tokens: each lasts an hour, and comes over the source's own connection.

PyGithub would fetch them over a connection of its own, which has no end to an answer and knows
neither the proxy nor the certificates of the source.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import github
import msgspec

from ..answers import Answer
from .payloads import Time

_EARLY = timedelta(minutes=1)
"""A token is replaced before it expires: requests take their time."""


class TokenRefusedError(Exception):
    """No token was given; ``answer`` is what came instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"no token, but {answer.status}")
        self.answer = answer


class _Given(msgspec.Struct, frozen=True):
    token: str
    expires_at: Time


class InstallationAuth(github.Auth.Auth):
    """An installation of an App, as PyGithub asks for its credentials.

    ``post`` sends a request without a body to a path below the API's base, with credentials for
    its Authorization header. Raises ``TokenRefusedError``, and what ``post`` raises.
    """

    def __init__(
        self,
        app: github.Auth.AppAuth,
        installation: int,
        post: Callable[[str, str], Answer],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._installation = installation
        self._post = post
        self._now = now
        self._token = ""
        self._until: datetime | None = None

    @property
    def token_type(self) -> str:
        """What goes before it in the header."""
        return "token"

    @property
    def token(self) -> str:
        """A token that is good for now."""
        if self._until is None or self._until <= self._now():
            self._token, self._until = self._fetch()
        return self._token

    def _fetch(self) -> tuple[str, datetime]:
        """Get a token; how long it lasts counts by the server's clock, whatever ours says."""
        path = f"/app/installations/{self._installation}/access_tokens"
        answer = self._post(path, f"Bearer {self._app.create_jwt()}")
        try:
            given = msgspec.json.decode(answer.body, type=_Given)
        except msgspec.DecodeError:
            raise TokenRefusedError(answer) from None
        asked = self._now()
        return given.token, asked + (given.expires_at - (answer.server_time or asked)) - _EARLY
