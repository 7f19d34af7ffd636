"""What the simulated servers have in common: routes, calls, answers, errors."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, with its body read."""

    request: Request
    body: bytes
    base: str
    """Scheme, host and port (and prefix of the API) as the client wrote them."""
    path: str
    """Without the prefix."""
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    """From the path."""

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def integer(self, name: str, default: int) -> int:
        """Read a number of the query; what is no number counts as not given."""
        text = self.query.get(name, "")
        return int(text) if re.fullmatch(r"-?\d{1,12}", text) else default

    def json(self) -> dict[str, object]:
        """Read the body as a JSON object; raises ``ApiError`` 400 for anything else."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, object])
        except msgspec.DecodeError:
            raise ApiError(400, "Invalid request payload. Refer to the documentation.") from None


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as ``/repos/{owner}/{repo}``, and who answers."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, template: str, handler: Handler) -> Route:
    """Make a route."""
    return Route(method, compile_path(template)[0], handler)


class ApiError(Exception):
    """The server refuses; each site writes the message in its own shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Site(Protocol):
    """One simulated site as the server runs it."""

    @property
    def routes(self) -> Sequence[Route]: ...

    def prefix(self, path: str, /) -> str:
        """Return the part of the path that is in front of every route."""
        ...

    def admit(self, call: Call, /) -> None:
        """Check the credentials; raises ``ApiError``."""
        ...

    def error(self, call: Call, error: ApiError, /) -> Response:
        """Write an error as the site does."""
        ...

    def finish(self, call: Call, response: Response, /) -> None:
        """Add the headers that every answer carries."""
        ...


def encoded(payload: object, *, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(
        msgspec.json.encode(payload),
        status_code=status,
        media_type="application/json;charset=UTF-8",
    )


def answer(site: Site, call: Call) -> Response:
    """Admit a call, route it and let its handler answer."""
    try:
        site.admit(call)
        response = _dispatch(site, call)
    except ApiError as error:
        response = site.error(call, error)
    site.finish(call, response)
    return response


def _dispatch(site: Site, call: Call) -> Response:
    for candidate in site.routes:
        match = candidate.pattern.match(call.path)
        if match is not None and candidate.method == call.request.method:
            return candidate.handler(replace(call, params=match.groupdict()))
    raise ApiError(404, "Not Found")
