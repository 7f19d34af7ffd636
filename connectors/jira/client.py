"""Requests to one Jira, through the session of the ``jira`` library.

The library gives authentication, addresses and TLS settings. Its searches and its retries are
not used: they build an object per nested value, hang without a timeout, and crash on a
``Retry-After`` that is a date.
"""

from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jira
import msgspec
import requests

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.base import MissingSecretError

from ..answers import Answer, names_caller
from ..http import Policy
from ..session import prepare, received, timeouts
from .payloads import FieldInfo, Profile, RemoteLink, ServerInfo, Status, Version
from .settings import JiraSettings

_T = TypeVar("_T")
_Info = TypeVar("_Info", bound=ServerInfo)
_API = "/rest/api/2"
_READING = {"Accept": "application/json", "Content-Type": "application/json"}

Parameters = Mapping[str, str | int]


class JiraClient:
    """The calls that the connector makes; each raises ``SourceError``."""

    def __init__(self, name: str, settings: JiraSettings, context: Context) -> None:
        self.name = name
        self.zone: ZoneInfo | None = None
        """That of dates in searches, once the site was seen to refuse milliseconds there."""
        self.is_named = False
        """Whether the site has said whom it takes the caller for; never nobody, which raises."""
        self._settings = settings
        self._policy = Policy(source=name, context=context, product="Jira", limits_by_403=False)
        self._jira: jira.JIRA | None = None

    @property
    def url(self) -> str:
        """Where the site is asked."""
        return self._settings.url

    def close(self) -> None:
        """Let go of connections; the next call opens new ones and reads the token again."""
        if self._jira is not None:
            self._jira.close()  # type: ignore[no-untyped-call]  # the library has no types here
            self._jira = None
        self.is_named = False

    def get(
        self,
        path: str,
        parameters: Parameters | None = None,
        *,
        scope: str | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Get a resource: below ``/rest/api/2/``, or from the site's root if it begins with ``/``.

        ``scope`` is the project the request is about, if its refusal concerns that alone;
        statuses in ``accept`` are returned. Raises ``SourceError``.
        """
        return self._send("GET", path, scope, accept, params=dict(parameters or {}))

    def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        scope: str | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Post a question that is too long for an address, and read the answer as ``get`` does."""
        content = msgspec.json.encode(body)
        return self._send("POST", path, scope, accept, data=content)

    def _send(
        self,
        method: str,
        path: str,
        scope: str | None,
        accept: Collection[int],
        *,
        params: dict[str, str | int] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        place = path if path.startswith("/") else f"{_API}/{path}"
        session = self._open()

        def request_once() -> Answer:
            # Past the library's own request(), which logs bodies at debug level and fails on
            # error bodies that are no objects.
            response = requests.Session.request(
                session,
                method,
                f"{self._settings.url}{place}",
                params=params,
                data=data,
                headers=_READING,
                timeout=timeouts(self._settings),
                stream=True,
            )
            return received(response, packed=True)

        try:
            what = f"{method} {place}"
            answer = self._policy.send(request_once, what=what, scope=scope, accept=accept)
        except Stop:
            self.close()
            raise
        self.is_named = self.is_named or names_caller(answer)
        return answer

    def read(self, answer: Answer, path: str, kind: type[_T]) -> _T:
        """Decode an answer; one of another shape raises ``Retry`` and names the place."""
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except ValueError as error:
            reason = str(error)
        place = path if path.startswith("/") else f"{_API}/{path}"
        raise Retry(f"{self._policy.source}: {place} is not as documented: {reason}")

    def deployment(self) -> str:
        """Ask which Jira it is: ``cloud`` or ``datacenter``; raises ``Stop`` if nothing tells."""
        told = self.server_info(ServerInfo).deployment_type
        if told is None:
            return self.deployment_by_api()
        return "cloud" if told == "Cloud" else "datacenter"

    def server_info(self, kind: type[_Info]) -> _Info:
        """Read what the site says about itself; where it is kept from readers, nothing."""
        answer = self.get("serverInfo", accept=(403, 404))
        return self.read(answer, "serverInfo", kind) if answer.status == 200 else kind()

    def deployment_by_api(self) -> str:
        """Tell Cloud from Data Center by version 3 of the API, which Cloud alone has."""
        what = "/rest/api/3/myself"
        status = self.get(what, accept=(403, 404)).status
        if status == 403:
            raise Stop(
                f"{self.name}: neither serverInfo nor {what} tells which Jira this is: write "
                "`deployment: cloud` or `deployment: datacenter`"
            )
        return "cloud" if status == 200 else "datacenter"

    def time_zone(self) -> ZoneInfo | None:
        """Ask for the time zone of the account's profile; None where that is not told."""
        answer = self.get("myself", accept=(403, 404))
        if answer.status != 200:
            return None
        told = self.read(answer, "myself", Profile).time_zone
        try:
            return None if told is None else ZoneInfo(told)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
            return None

    def versions(self, project: str) -> list[Version]:
        """List all versions of a project."""
        path = f"project/{project}/versions"
        return self.read(self.get(path, scope=project), path, list[Version])

    def statuses(self) -> list[Status]:
        """List the statuses of the site; none where the account may not."""
        answer = self.get("status", accept=(403, 404))
        return self.read(answer, "status", list[Status]) if answer.status == 200 else []

    def field_list(self, *, needed: bool) -> list[FieldInfo]:
        """List the fields of the site; none where it does not list them and need not."""
        answer = self.get("field", accept=() if needed else (404, 410))
        return self.read(answer, "field", list[FieldInfo]) if answer.status == 200 else []

    def remote_links(self, issue: str) -> list[RemoteLink]:
        """List the links of an issue to other tools; none where they are switched off."""
        path = f"issue/{issue}/remotelink"
        answer = self.get(path, accept=(403, 404, 410))
        return self.read(answer, path, list[RemoteLink]) if answer.status == 200 else []

    def _open(self) -> requests.Session:
        if self._jira is None:
            self._jira = self._connect()
        return _session_of(self._jira)

    def _connect(self) -> jira.JIRA:
        settings = self._settings
        reason = ""
        try:
            token = settings.auth.token.reveal()
        except MissingSecretError as error:
            token, reason = "", str(error)
        if not token:
            raise Stop(f"{self._policy.source}: auth.token: {reason or 'the token is empty'}")
        email = settings.auth.email
        site = jira.JIRA(
            settings.url,
            basic_auth=(email, token) if email is not None else None,
            token_auth=token if email is None else None,
            get_server_info=False,
            logging=False,
            max_retries=0,
            timeout=timeouts(settings),
        )
        prepare(_session_of(site), settings, source=self.name)
        _stay_there(_session_of(site))
        return site


def _session_of(site: jira.JIRA) -> requests.Session:
    """Reach the library's session, to which it has no public way; it is None only when closed."""
    session: requests.Session = site._session  # noqa: SLF001  # pyright: ignore[reportPrivateUsage,reportAssignmentType]
    return session


def _stay_there(session: requests.Session) -> None:
    """Follow no redirect to another host: it is one to log in, and certificates went with it."""
    follow = session.get_redirect_target

    def target(response: requests.Response) -> str | None:
        place = follow(response)
        there = urlsplit(urljoin(response.url, place or "")).hostname
        return place if there == urlsplit(response.url).hostname else None

    session.get_redirect_target = target  # type: ignore[assignment]  # no subclass: the library makes it
