"""Requests to GitHub: PyGithub builds and signs them, the shared policy judges the answers."""

import logging
from collections.abc import Collection, ItemsView, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import github
import msgspec
import requests
from github.Requester import HTTPSRequestsConnectionClass, RequestsResponse

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.base import MissingSecretError, Secret

from ..answers import Answer
from ..http import Policy
from ..session import prepare, received, timeouts
from .app import InstallationAuth, TokenRefusedError
from .settings import GitHubSettings, TokenAuth

API_VERSION = "2022-11-28"
USER_AGENT = "slipwatch"
_OURS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": USER_AGENT,
    "X-GitHub-Api-Version": API_VERSION,
}
PAGE = 100
MOVED = frozenset({301, 302, 307, 308})

_LIMIT_WAIT = 60.0  # what GitHub asks for after a secondary limit that names no time
_HOPS = 4
_NO_GRAPHQL = frozenset({400, 401, 403, 404, 405, 406, 410, 415, 422, 501})


class _Error(msgspec.Struct, frozen=True):
    type: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    errors: list[_Error] | None = None


class _Response(RequestsResponse):
    """An answer as PyGithub is shown it.

    It would follow a 301 by itself, without the query (``state=all`` and ``since`` are gone, and
    nobody is told), and sleep on a 202; so it sees success only.
    """

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response)
        self.status = 200

    def getheaders(self) -> ItemsView[str, str]:
        """Give no headers: PyGithub parses rate limits itself, and fails on an odd one."""
        return dict[str, str]().items()

    def read(self) -> str:
        """Give no body: it is decoded elsewhere, from the bytes."""
        return ""


class _Connection(HTTPSRequestsConnectionClass):
    """A connection that keeps the last answer as it came, and follows nothing."""

    def __init__(self, base: SplitResult, settings: GitHubSettings, *, source: str) -> None:
        port = base.port or (443 if base.scheme == "https" else 80)
        super().__init__(base.hostname or "", port)
        prepare(self.session, settings, source=source)
        self.protocol = base.scheme
        self._timeouts = timeouts(settings)
        self.answer: Answer | None = None

    def getresponse(self) -> RequestsResponse:
        """Send the request that PyGithub prepared."""
        response = self._send(self.verb, self.url, self.headers, self.input)
        self.answer = received(response, packed=True)
        return _Response(response)

    def post(self, path: str, authorization: str) -> Answer:
        """Send a request of our own, without a body."""
        headers = {**_OURS, "Authorization": authorization}
        return received(self._send("POST", path, headers, None))

    def _send(self, verb: str, path: str, headers: dict[str, str], body: Any) -> requests.Response:
        """Send a request by the session's adapter, past the session itself.

        That would look for cookies, parameters and credentials of a session that has none, for a
        quarter of what a request costs; and prepare to follow a redirect even when told to follow
        none, which fails on an address that is none.
        """
        session = self.session
        host = f"[{self.host}]" if ":" in self.host else self.host
        request = requests.Request(
            verb,
            f"{self.protocol}://{host}:{self.port}{path}",
            headers={**session.headers, **headers},
            data=body,
            params="",  # the path has them; an empty mapping is looked through at length
        ).prepare()
        return session.get_adapter(request.url or "").send(
            request,
            stream=True,
            timeout=self._timeouts,
            verify=True if session.verify is None else session.verify,
            cert=session.cert,
            proxies=session.proxies,
        )


class GitHubClient:
    """One account's way to one GitHub; for one thread, since PyGithub shares its connection."""

    def __init__(self, source: str, settings: GitHubSettings, context: Context) -> None:
        self._source = source
        self._settings = settings
        self._base = urlsplit(settings.url)
        self._now = context.now
        self._policy = Policy(
            source=source, context=context, product="GitHub", limit_wait=_LIMIT_WAIT
        )
        self._queries = replace(self._policy, limited=_is_limited)
        self._github: github.Github | None = None
        self._connection: _Connection | None = None
        # PyGithub logs whole answers at DEBUG, among them the token of an installation.
        logging.getLogger("github.Requester").setLevel(logging.WARNING)

    def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        scope: str | None = None,
        accept: Collection[int] = (),
        etag: str | None = None,
        kind: Any = None,
    ) -> Answer:
        """Get a path below the API's base, or a whole address of the same server.

        Of an address only path and query count: no answer can send the token elsewhere. With
        an ``etag`` the answer is 304 if nothing is new, which counts against no limit.
        ``kind`` is as ``Policy.send`` takes it. Raises ``Retry``, ``Skip`` or ``Stop``.
        """
        where = self._below(path)
        headers = {} if etag is None else {"If-None-Match": etag}
        return self._policy.send(
            lambda: self._request("GET", where, parameters=dict(parameters or {}), headers=headers),
            what=f"GET {urlsplit(path).path}",
            scope=scope,
            accept=accept if etag is None else {304, *accept},
            kind=kind,
        )

    def query(self, text: str, variables: Mapping[str, object], *, scope: str, kind: Any) -> Answer:
        """Ask GraphQL; gives data, errors, or the refusal of a server that has none.

        Raises ``Retry``, also for a used-up limit, which comes with 200.
        """
        return self._queries.send(
            lambda: self._request(
                "POST", self._graphql_path(), body={"query": text, "variables": dict(variables)}
            ),
            what="POST graphql",
            scope=scope,
            accept=_NO_GRAPHQL,
            kind=kind,
        )

    def get_list(
        self,
        base: str,
        rest: str,
        parameters: Mapping[str, str],
        *,
        scope: str,
        accept: Collection[int] = (),
        etag: str | None = None,
        kind: Any = None,
    ) -> tuple[Answer, str]:
        """Get ``base`` + ``rest``, following a repository that was renamed or transferred.

        Returns the answer and the base that gave it. The query goes along with every hop.
        """
        for _ in range(_HOPS):
            answer = self.get(
                base + rest,
                parameters,
                scope=scope,
                accept={*MOVED, *accept},
                etag=etag,
                kind=kind,
            )
            if answer.status not in MOVED:
                return answer, base
            moved = self._moved_base(answer, rest)
            if moved is None:
                raise self._policy.refusal(answer, what=f"GET {base}{rest}", scope=scope)
            base = moved
        raise Retry(f"{self._source}: {scope} was moved {_HOPS} times in a row")

    def close(self) -> None:
        """Close the connections."""
        if self._connection is not None:
            self._connection.close()
        if self._github is not None:
            self._github.close()
        self._connection = self._github = None

    def target(self, answer: Answer) -> str | None:
        """Give the path that a redirect leads to; None where that is on another server."""
        target = urlsplit(urljoin(self._settings.url, answer.headers.get("location", "")))
        if (target.scheme, target.netloc) != (self._base.scheme, self._base.netloc):
            return None
        prefix = self._base.path
        return target.path[len(prefix) :] if target.path.startswith(f"{prefix}/repo") else None

    def _moved_base(self, answer: Answer, rest: str) -> str | None:
        """The new base of a repository, if a redirect stays in its kind."""
        path = self.target(answer)
        return path.removesuffix(rest) if path is not None and path.endswith(rest) else None

    def _below(self, path: str) -> str:
        """Give path and query from the API's base on; a proxy's prefix may be unknown to links."""
        if path.startswith("/"):
            return path
        parts = urlsplit(path)
        below = parts.path.removeprefix(self._base.path)
        return f"{below}?{parts.query}" if parts.query else below

    def _graphql_path(self) -> str:
        """Enterprise has its API at ``/api/v3``, and GraphQL beside it: a whole address, then."""
        path = self._base.path
        path = path.removesuffix("/v3") if path.endswith("/api/v3") else path
        return self._base._replace(path=f"{path}/graphql").geturl()

    def _request(
        self,
        verb: str,
        path: str,
        *,
        parameters: dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        connection, requester = self._open()
        connection.answer = None
        try:
            requester.requestJson(
                verb,
                path,
                parameters=parameters,
                headers={"Accept": "application/vnd.github+json", **(headers or {})},
                input=body,
                cnx=connection,
            )
        except TokenRefusedError as error:
            return _without_token(error.answer)
        answer = connection.answer
        assert answer is not None
        return answer

    def _open(self) -> tuple[_Connection, Any]:
        if self._connection is None or self._github is None:
            self._connection = _Connection(self._base, self._settings, source=self._source)
            self._github = github.Github(
                auth=self._auth(self._connection),
                base_url=self._settings.url,
                timeout=int(self._settings.timeout.total_seconds()),
                user_agent=USER_AGENT,
                per_page=PAGE,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
                lazy=True,
                api_version=API_VERSION,
            )
        return self._connection, self._github.requester

    def _auth(self, connection: _Connection) -> github.Auth.Auth:
        auth = self._settings.auth
        if isinstance(auth, TokenAuth):
            return github.Auth.Token(self._reveal(auth.token, "token"))
        app = github.Auth.AppAuth(auth.app_id, self._reveal(auth.private_key, "private_key"))
        if not _can_sign(app):
            raise Stop(
                f"{self._source}: auth.private_key is no RSA key in PEM: "
                "take the .pem file that GitHub gave for the App"
            )
        return InstallationAuth(
            app,
            auth.installation_id,
            lambda path, authorization: connection.post(self._base.path + path, authorization),
            now=self._now,
        )

    def _reveal(self, secret: Secret, name: str) -> str:
        try:
            return secret.reveal()
        except MissingSecretError as error:
            raise Stop(f"{self._source}: auth.{name}: {error}") from None


def next_page(answer: Answer) -> str | None:
    """Give the address of the page after this one, from the ``Link`` header."""
    for link in requests.utils.parse_header_links(answer.headers.get("link", "")):
        if link.get("rel") == "next":
            return link["url"]
    return None


def _is_limited(answer: Answer) -> bool:
    """Whether GraphQL says that the limit is used up; it says so with a success.

    A quick look first: what else an answer holds is people's own text.
    """
    if answer.status != 200 or b"RATE_LIMIT" not in answer.body:
        return False
    try:
        errors = msgspec.json.decode(answer.body, type=_Refusal).errors
    except msgspec.DecodeError:
        return False
    return any(error.type in {"RATE_LIMITED", "RATE_LIMIT"} for error in errors or ())


def _can_sign(app: github.Auth.AppAuth) -> bool:
    """Try a key out; the exceptions for a bad one are many and may quote it."""
    try:
        app.create_jwt()
    except Exception:  # noqa: BLE001  # PyJWT, cryptography and OpenSSL each raise their own
        return False
    return True


def _without_token(answer: Answer) -> Answer:
    """Take what an App got instead of a token for the answer to its request.

    An installation that does not exist (404) is a matter of credentials, not of a repository; a
    success without a token is none.
    """
    return replace(answer, status={200: 502, 201: 502, 404: 401}.get(answer.status, answer.status))
