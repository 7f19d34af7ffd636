"""The page of colours: every program and project by dimension, its numbers, and what changed."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

import msgspec
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from jinja2 import Template

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.health.history import ColourChange
from slipwatch.aggregator.judging.health import DIMENSIONS

from ..health import health_of
from ..templates import load_page
from ..terminal.text import plain, short

MOST_CHANGES = 200


class Chronicle(Protocol):
    """Where changes of colour are kept; it is asked in worker threads."""

    def colour_changes(self, *, milestones: bool = True) -> Sequence[ColourChange]:
        """All of them, oldest first."""
        ...


class NothingChanged:
    """A chronicle for who keeps none."""

    def colour_changes(self, *, milestones: bool = True) -> Sequence[ColourChange]:
        """Know of none."""
        return ()


def add_health(
    app: FastAPI,
    current: Callable[[], Assessment],
    chronicle: Chronicle,
    headers: Mapping[str, str],
) -> None:
    """Serve the page and its data."""
    page = _template()

    @app.get("/health", response_class=HTMLResponse, include_in_schema=False)
    def show_health() -> HTMLResponse:
        changes = [one for one in chronicle.colour_changes() if one.before is not None]
        text = page.render(
            assessment=current(),
            dimensions=DIMENSIONS,
            changes=changes[: -MOST_CHANGES - 1 : -1],
            more=max(0, len(changes) - MOST_CHANGES),
        )
        return HTMLResponse(text, headers=dict(headers))

    @app.get("/api/v1/health")
    def show_health_as_json() -> Response:
        """The colours of all programs together, of each, and of their projects, with reasons."""
        return _json(health_of(current()), headers)

    @app.get("/api/v1/health/changes")
    def show_changes() -> Response:
        """Every change of colour that was seen, oldest first, with its cause."""
        return _json(list(chronicle.colour_changes()), headers)


@cache
def _template() -> Template:
    """Compile the page, once for all applications of a process."""
    return load_page("web", "health.html", plain=_clean)


def _clean(text: object) -> str:
    return short(plain(str(text)))


def _json(found: object, headers: Mapping[str, str]) -> Response:
    return Response(
        msgspec.json.encode(found), media_type="application/json", headers=dict(headers)
    )
