"""The HTTP side: the landing page, health, metrics and the JSON API (DESIGN.md §6)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader

from slipwatch.aggregator.assessment import Assessment, MilestoneView, to_json

from ..prometheus.render import Page

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class ReloadRefusedError(Exception):
    """The configuration file is broken; the old settings stay in force."""


class LedgerLine(msgspec.Struct, frozen=True):
    """One observed value of a milestone's date."""

    at: datetime
    value: date | None


class Board(Protocol):
    """What the pages show: the service keeps it current."""

    @property
    def version(self) -> str:
        """The version that runs."""
        ...

    def assessment(self) -> Assessment | None:
        """The latest assessment, None before the first."""
        ...

    def metrics(self, accept: str) -> Page:
        """The metrics in the format asked for."""
        ...

    def ledger(self, milestone: str) -> Sequence[LedgerLine] | None:
        """Every observed value of a milestone's date, None for an unknown milestone."""
        ...

    def reload(self) -> None:
        """Read the configuration file again; raises ``ReloadRefusedError`` when it is broken."""
        ...


def create_app(board: Board) -> FastAPI:
    """Make the ASGI application; everything it serves is in memory, but the ledger."""
    app = FastAPI(
        title="slipwatch",
        version=board.version,
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    landing = Environment(
        loader=PackageLoader("slipwatch.exporters.web"), autoescape=True, trim_blocks=True
    ).get_template("landing.html")

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def show_landing() -> HTMLResponse:
        assessment = board.assessment()
        titles = {m.id: m.title for m in assessment.milestones} if assessment is not None else {}
        page = landing.render(assessment=assessment, titles=titles, version=board.version)
        return HTMLResponse(page, headers=SECURITY)

    @app.get("/metrics", include_in_schema=False)
    def show_metrics(accept: Annotated[str, Header()] = "") -> Response:
        page = board.metrics(accept)
        return Response(page.body, headers={"Content-Type": page.content_type})

    @app.get("/-/healthy", response_class=PlainTextResponse)
    def healthy() -> str:
        return "slipwatch is running.\n"

    @app.get("/-/ready", response_class=PlainTextResponse)
    def ready() -> PlainTextResponse:
        if board.assessment() is None:
            return PlainTextResponse("No assessment yet.\n", status_code=503)
        return PlainTextResponse("slipwatch is ready.\n")

    @app.post("/-/reload", response_class=PlainTextResponse)
    def reload() -> PlainTextResponse:
        try:
            board.reload()
        except ReloadRefusedError as error:
            return PlainTextResponse(f"{error}\n", status_code=400)
        return PlainTextResponse("Reloaded.\n")

    _add_api(app, board)
    return app


def _add_api(app: FastAPI, board: Board) -> None:
    def current() -> Assessment:
        assessment = board.assessment()
        if assessment is None:
            raise HTTPException(503, "no assessment yet")
        return assessment

    def found(milestone: str) -> MilestoneView:
        view = current().milestone(milestone)
        if view is None:
            raise HTTPException(404, "no such milestone")
        return view

    @app.get("/api/v1/assessment")
    def show_assessment() -> Response:
        return _json(to_json(current()))

    @app.get("/api/v1/milestones/{milestone:path}")
    def show_milestone(milestone: str) -> Response:
        return _json(msgspec.json.encode(found(milestone)))

    @app.get("/api/v1/findings")
    def show_findings() -> Response:
        return _json(msgspec.json.encode(current().findings))

    @app.get("/api/v1/ledger/{milestone:path}")
    def show_ledger(milestone: str) -> Response:
        lines = board.ledger(milestone)
        if lines is None:
            raise HTTPException(404, "no such milestone")
        answer: dict[str, Any] = {"milestone": milestone, "observations": lines}
        return _json(msgspec.json.encode(answer))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers=SECURITY)
