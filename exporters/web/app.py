"""The HTTP side: the landing page, health, metrics and the JSON API (DESIGN.md §6)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader

from slipwatch.aggregator.assessment import Assessment, MilestoneView, to_json

from ..ledger import LedgerLine
from ..prometheus.render import Page
from .acknowledging import Acknowledged, Closed, Desk, add_acknowledging
from .archive import Archive, NothingKept, add_archive
from .downloads import add_downloads
from .health import Chronicle, NothingChanged, add_health
from .hooks import Nowhere, Reception, add_hooks
from .landing import LandingPage
from .lives import Lives, NothingRemembered, add_lives
from .scrape import ScrapeResponse

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NOTHING_YET = {503: "There is no assessment yet"}
UNKNOWN = {404: "There is no such milestone"}


class ReloadRefusedError(Exception):
    """The configuration file is broken; the old settings stay in force."""


class Board(Protocol):
    """What the pages show: the service keeps it current."""

    @property
    def version(self) -> str:
        """The version that runs."""
        ...

    def assessment(self) -> Assessment | None:
        """The latest assessment, None before the first."""
        ...

    def acknowledged(self) -> Mapping[str, Acknowledged]:
        """Who has acknowledged which finding, by fingerprint."""
        ...

    def metrics(self, accept: str, accept_encoding: str) -> Page:
        """The metrics in the form asked for, from memory: it is called where nothing may wait."""
        ...

    def is_complete(self) -> bool:
        """Whether there is an assessment, and the ledger to it."""
        ...

    def ledger(self, milestone: str) -> Sequence[LedgerLine] | None:
        """Every observed value of a milestone's date, None while they have not been read."""
        ...

    def reload(self) -> None:
        """Read the configuration file again; raises ``ReloadRefusedError`` when it is broken."""
        ...


def create_app(
    board: Board,
    reception: Reception | None = None,
    archive: Archive | None = None,
    desk: Desk | None = None,
    lives: Lives | None = None,
    chronicle: Chronicle | None = None,
) -> FastAPI:
    """Make the ASGI application; all but archive, acknowledging and lives is in memory.

    FastAPI's own documentation page would load its scripts from somebody else's server.
    """
    app = FastAPI(
        title="slipwatch",
        version=board.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    landing = LandingPage(board.version)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def show_landing() -> HTMLResponse:
        return HTMLResponse(
            landing.render(board.assessment(), board.acknowledged()), headers=SECURITY
        )

    _add_operations(app, board)
    add_hooks(app, reception or Nowhere(), SECURITY)
    add_acknowledging(app, desk or Closed(), SECURITY)

    def current() -> Assessment:
        assessment = board.assessment()
        if assessment is None:
            raise HTTPException(503, "no assessment yet")
        return assessment

    add_archive(app, archive or NothingKept(), SECURITY)
    add_health(app, current, chronicle or NothingChanged(), SECURITY)
    add_downloads(app, current, board, SECURITY)
    add_lives(app, lives or NothingRemembered(), board.assessment, SECURITY)
    _add_api(app, board, current)
    return app


def _add_operations(app: FastAPI, board: Board) -> None:
    """Add what machines ask for: metrics, probes, and to read the file again."""

    # Scrapes and probes are answered by the loop itself: no request that waits for a thread or
    # keeps one can hold them up.
    @app.get("/metrics", include_in_schema=False)
    async def show_metrics(
        accept: Annotated[str, Header()] = "", accept_encoding: Annotated[str, Header()] = ""
    ) -> Response:
        return ScrapeResponse(board.metrics(accept, accept_encoding), SECURITY)

    @app.get("/-/healthy", response_class=PlainTextResponse)
    async def healthy() -> Response:
        """Whether the process answers."""
        return _text("slipwatch is running.")

    @app.get("/-/ready", response_class=PlainTextResponse, responses=_answers(NOTHING_YET))
    async def ready() -> Response:
        """Whether all that is served is there: an assessment, and the ledger to it."""
        if not board.is_complete():
            return _text("No assessment yet.", status=503)
        return _text("slipwatch is ready.")

    @app.post(
        "/-/reload",
        response_class=PlainTextResponse,
        responses=_answers({400: "The file is broken, and the old one stays in force"}),
    )
    def reload() -> Response:
        """Read the configuration file again."""
        try:
            board.reload()
        except ReloadRefusedError as error:
            return _text(str(error), status=400)
        return _text("Reloaded.")


def _add_api(app: FastAPI, board: Board, current: Callable[[], Assessment]) -> None:
    documentation = Environment(
        loader=PackageLoader("slipwatch.exporters.web"), autoescape=True
    ).get_template("api.html")

    def found(milestone: str) -> MilestoneView:
        view = current().milestone(milestone)
        if view is None:
            raise HTTPException(404, "no such milestone")
        return view

    @app.get("/api/docs", include_in_schema=False)
    def show_documentation() -> HTMLResponse:
        return HTMLResponse(documentation.render(paths=app.openapi()["paths"]), headers=SECURITY)

    @app.get("/api/v1/assessment", responses=_answers(NOTHING_YET))
    def show_assessment() -> Response:
        """The latest assessment, as `slipwatch assess --format json` prints it."""
        return _json(to_json(current()))

    @app.get("/api/v1/milestones/{milestone:path}", responses=_answers(UNKNOWN, NOTHING_YET))
    def show_milestone(milestone: str) -> Response:
        """One milestone of it, by its full id."""
        return _json(msgspec.json.encode(found(milestone)))

    @app.get("/api/v1/findings", responses=_answers(NOTHING_YET))
    def show_findings() -> Response:
        """What the rules found, the gravest first, and who has acknowledged it."""
        known = board.acknowledged()
        found = [
            msgspec.to_builtins(finding) | {"acknowledged": known.get(finding.fingerprint)}
            for finding in current().findings
        ]
        return _json(msgspec.json.encode(found))

    @app.get("/api/v1/benefits", responses=_answers(NOTHING_YET))
    def show_benefits() -> Response:
        """The benefits of all programs: what was due, what came, and what delay costs."""
        found = [benefit for program in current().programs for benefit in program.benefits]
        return _json(msgspec.json.encode(found))

    @app.get("/api/v1/strategy", responses=_answers(NOTHING_YET))
    def show_strategy() -> Response:
        """The objectives, who works for them, and how much of the work is for one."""
        return _json(msgspec.json.encode(current().strategy))

    @app.get("/api/v1/ledger/{milestone:path}", responses=_answers(UNKNOWN, NOTHING_YET))
    def show_ledger(milestone: str) -> Response:
        """Every observed value of a milestone's date, and when it was seen."""
        found(milestone)
        lines = board.ledger(milestone)
        if lines is None:
            raise HTTPException(503, "the ledger is read with the next assessment")
        answer: dict[str, Any] = {"milestone": milestone, "observations": lines}
        return _json(msgspec.json.encode(answer))


def _answers(*answers: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    return {code: {"description": words} for answer in answers for code, words in answer.items()}


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers=SECURITY)


def _text(text: str, *, status: int = 200) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=SECURITY)
