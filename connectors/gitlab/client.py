"""Requests to GitLab's REST API, and to GraphQL; the shared policy judges the answers."""

from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import requests

from slipwatch.aggregator.connector import Context, Skip, Stop
from slipwatch.config.base import MissingSecretError

from ..answers import Answer
from ..http import Policy
from ..session import prepare, received, timeouts
from .settings import GitLabSettings

_T = TypeVar("_T")

PAGE = 100
API = "/api/v4"
GRAPHQL = "/api/graphql"
MOVED = frozenset({301, 302, 307, 308})


class _Session(requests.Session):
    """A session that looks at no redirect: requests would prepare the next request, and fail."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Find nowhere to go."""
        return None


class GitLabClient:
    """One account's way to one GitLab; for one thread."""

    def __init__(self, source: str, settings: GitLabSettings, context: Context) -> None:
        self.source = source
        self._settings = settings
        self._policy = Policy(source=source, context=context, product="GitLab")
        self._session: requests.Session | None = None

    def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        scope: str | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Get a path below ``/api/v4``; raises ``Retry``, ``Skip`` or ``Stop``."""
        query = dict(parameters or {})
        return self._send("GET", f"{API}{path}", scope, accept, params=query)

    def query(self, document: str, *, scope: str, accept: Collection[int] = ()) -> Answer:
        """Ask GraphQL, which tells what the REST API does not; raises as ``get`` does."""
        body = msgspec.json.encode({"query": document})
        return self._send("POST", GRAPHQL, scope, accept, data=body)

    def _send(
        self,
        method: str,
        path: str,
        scope: str | None,
        accept: Collection[int],
        *,
        params: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        try:
            return self._policy.send(
                lambda: self._request(method, path, params, data),
                what=f"{method} {path}",
                scope=scope,
                accept=accept,
            )
        except Stop:
            self.close()
            raise

    def find(self, kind: str, path: str, as_type: type[_T]) -> _T:
        """Get a project or group by its path, following it to where it was moved.

        ``kind`` is ``projects`` or ``groups``. Raises ``Skip`` for one that is not there.
        """
        where = f"/{kind}/{quote(path, '')}"
        answer = self.get(where, scope=path, accept=MOVED)
        if answer.status in MOVED:
            target = self._moved(kind, answer)
            if target is None:
                raise self._policy.refusal(answer, what=f"GET {API}/{kind}/{path}", scope=path)
            answer = self.get(target, scope=path)
        return decode(answer, as_type, path)

    def close(self) -> None:
        """Close the connections; the next request opens new ones and reads the token again."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def _moved(self, kind: str, answer: Answer) -> str | None:
        """Where a redirect leads, if that is another project or group of this server."""
        target = urlsplit(urljoin(self._settings.url, answer.headers.get("location", "")))
        base = urlsplit(self._settings.url)
        prefix = f"{base.path}{API}"
        if (target.scheme, target.netloc) != (base.scheme, base.netloc):
            return None
        if not target.path.startswith(f"{prefix}/{kind}/"):
            return None
        return target.path.removeprefix(prefix)

    def _request(
        self, method: str, path: str, params: dict[str, str] | None, data: bytes | None
    ) -> Answer:
        if self._session is None:
            self._session = self._open()
        response = self._session.request(
            method,
            f"{self._settings.url}{path}",
            params=params,
            data=data,
            timeout=timeouts(self._settings),
            allow_redirects=False,
            stream=True,
        )
        return received(response, packed=True)

    def _open(self) -> requests.Session:
        session = _Session()
        prepare(session, self._settings, source=self.source)
        try:
            token = self._settings.auth.token.reveal()
        except MissingSecretError as error:
            raise Stop(f"{self.source}: auth.token: {error}") from None
        # GitLab takes every kind of token so: personal, project, group and OAuth.
        session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "slipwatch",
            }
        )
        return session


def decode(answer: Answer, kind: type[_T], scope: str) -> _T:
    """Read an answer; raises ``Skip`` for one that is not of its kind, naming where."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise Skip(f"{scope}: GitLab sent something unexpected: {error}") from None
