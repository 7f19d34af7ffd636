"""Servers that keep the public contracts, and differ from the simulated ones where they may."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import Response

from slipwatch.demo import World
from slipwatch.demo.github import GithubApp
from slipwatch.demo.jira import JiraApp
from slipwatch.demo.routing import Call, Site, answer

from .worlds import Kind

Json = dict[str, Any]
Query = dict[str, str]
Headers = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How a server differs: in what it makes of a query, in its JSON, in its headers."""

    name: str
    ask: Callable[[Query], Query] = dict
    tell: Callable[[Any], Any] = lambda payload: payload
    head: Callable[[Headers], Headers] = dict
    compressed: bool = False
    only_keys: bool = False
    """What it leaves out is a fact, so that only the keys can be compared."""

    def __str__(self) -> str:
        return self.name

    def serve(self, world: World, kind: Kind) -> Callable[[Request], Response]:
        """Make a function that answers as this server."""
        site = _site(world, kind)

        def respond(request: Request) -> Response:
            query = self.ask(dict(request.query_params))
            scope = {**request.scope, "query_string": urlencode(query).encode()}
            prefix = site.prefix(request.url.path)
            call = Call(
                request=Request(scope),
                body=self._asked(request.state.body),
                base=f"{request.url.scheme}://{request.url.netloc}{prefix}",
                path=request.url.path.removeprefix(prefix),
            )
            with world.lock:
                made = answer(site, call)
            return self._altered(made)

        return respond

    def _asked(self, body: bytes) -> bytes:
        payload = json.loads(body or b"{}")
        if "maxResults" in payload:
            asked = self.ask({"maxResults": str(payload["maxResults"])})
            payload["maxResults"] = int(asked["maxResults"])
        return json.dumps(payload).encode()

    def _altered(self, made: Response) -> Response:
        if made.status_code == 304:
            return made
        body = json.dumps(self.tell(json.loads(bytes(made.body)))).encode()
        headers = {name: value for name, value in made.headers.items() if name != "content-length"}
        if self.compressed:
            body = gzip.compress(body)
            headers["content-encoding"] = "gzip"
        response = Response(body, made.status_code)
        given = self.head(headers) | {"content-length": str(len(body))}
        response.raw_headers = [(name.encode(), value.encode()) for name, value in given.items()]
        return response


def _site(world: World, kind: Kind) -> Site:
    if kind is Kind.GITHUB:
        return GithubApp(world)
    return JiraApp(world, world.jira_cloud if kind is Kind.CLOUD else world.jira_dc)


def everywhere(change: Callable[[Json], Json]) -> Callable[[Any], Any]:
    """Apply a change to every object of a payload, the inner ones first."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return change({name: walk(part) for name, part in value.items()})
        return [walk(part) for part in value] if isinstance(value, list) else value

    return walk


def pages_of(size: int) -> Callable[[Query], Query]:
    """Give less than was asked for, as every API may."""

    def smaller(query: Query) -> Query:
        names = [name for name in ("maxResults", "per_page") if name in query]
        return query | {name: str(size) for name in names}

    return smaller


def without(*names: str) -> Callable[[Any], Any]:
    """Leave some keys out, wherever they stand."""
    return everywhere(lambda part: {key: part[key] for key in part if key not in names})


def without_nulls(payload: Any) -> Any:
    """Leave out what is null, instead of saying so."""
    drop = everywhere(lambda part: {key: value for key, value in part.items() if value is not None})
    return drop(payload)


def with_more(payload: Any) -> Any:
    """Send what no documentation mentions yet."""
    more: Json = {"aNewKey": {"of": ["a", {"newer": "kind"}]}, "zz_count": 10**20, "zz_empty": None}
    return everywhere(lambda part: {**more, **part})(payload)


def null(*names: str) -> Callable[[Any], Any]:
    """Say null for some keys, wherever they stand."""
    return everywhere(lambda part: part | {key: None for key in names if key in part})


def first_histories(count: int) -> Callable[[Any], Any]:
    """Cut changelogs off earlier than others do; their ``total`` says so."""

    def cut(part: Json) -> Json:
        entries = part.get("histories")
        return part if entries is None else part | {"histories": entries[:count]}

    return everywhere(cut)


def times_as(write: Callable[[datetime], str]) -> Callable[[Any], Any]:
    """Write every time in another of the forms that ISO 8601 has for it."""

    def rewritten(value: Any) -> Any:
        if not (isinstance(value, str) and "T" in value and value[:4].isdecimal()):
            return value
        try:
            return write(datetime.fromisoformat(value))
        except ValueError:
            return value

    return everywhere(lambda part: {key: rewritten(value) for key, value in part.items()})


def in_zone(form: str, hours: float = 0) -> Callable[[datetime], str]:
    """Write a time at an offset from UTC."""
    return lambda at: at.astimezone(timezone(timedelta(hours=hours))).strftime(form)


def links_as(write: Callable[[str, str], str]) -> Callable[[Headers], Headers]:
    """Write each entry of a ``Link`` header otherwise, from its address and its relation."""

    def rewritten(headers: Headers) -> Headers:
        if "link" not in headers:
            return headers
        entries = [entry.split(">; rel=") for entry in headers["link"].split(", <")]
        written = [write(url.lstrip("<"), rel.strip('"')) for url, rel in entries]
        return headers | {"link": ", ".join(written)}

    return rewritten


def reversed_query(url: str) -> str:
    """Give the same address with its parameters the other way round."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(reversed(parts.query.split("&")))))


def at_host(url: str, host: str) -> str:
    """Give the same path and query elsewhere."""
    return urlunsplit(urlsplit(url)._replace(scheme="https", netloc=host))


def relative(url: str) -> str:
    """Give path and query alone."""
    return urlunsplit(urlsplit(url)._replace(scheme="", netloc=""))


def below(path: str) -> Callable[[Json], Json]:
    """Put a path before that of every address."""
    moved = re.compile(r"^(https?://[^/]+)(?=/)")

    def change(part: Json) -> Json:
        addresses = {key for key in part if key == "url" or key.endswith("_url")}
        return part | {
            key: moved.sub(rf"\1{path}", part[key]) for key in addresses if part[key] is not None
        }

    return change


def named(change: Callable[[str], str]) -> Callable[[Headers], Headers]:
    """Spell the names of headers otherwise."""
    return lambda headers: {change(name): value for name, value in headers.items()}


def both(*changes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Apply several changes, one after the other."""

    def changed(value: Any) -> Any:
        for change in changes:
            value = change(value)
        return value

    return changed


def also(**more: str) -> Callable[[Headers], Headers]:
    """Send further headers, or others of the same name."""
    return lambda headers: headers | {name.replace("_", "-"): value for name, value in more.items()}
