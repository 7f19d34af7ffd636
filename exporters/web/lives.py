"""What became of a finding: a page and the API, of those that are over as well."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

from slipwatch.aggregator.assessment import Assessment, FindingView
from slipwatch.aggregator.store import FindingEvent

from ..terminal.text import plain


class Lives(Protocol):
    """Where the lives of findings are kept; it is asked in worker threads."""

    def finding_events(self, fingerprint: str | None = None) -> Sequence[FindingEvent]:
        """What happened to findings, or to one of them, oldest first."""
        ...


class NothingRemembered:
    """Lives for who keeps none."""

    def finding_events(self, fingerprint: str | None = None) -> Sequence[FindingEvent]:
        """Know of none."""
        return ()


def add_lives(
    app: FastAPI,
    lives: Lives,
    shown: Callable[[], Assessment | None],
    headers: Mapping[str, str],
) -> None:
    """Serve each finding with its life."""
    environment = Environment(loader=PackageLoader("slipwatch.exporters.web"), autoescape=True)
    environment.filters["plain"] = plain
    template = environment.get_template("finding.html")

    def find(fingerprint: str) -> tuple[FindingView | None, Sequence[FindingEvent]]:
        assessment = shown()
        findings = assessment.findings if assessment is not None else ()
        finding = next((one for one in findings if one.fingerprint == fingerprint), None)
        events = lives.finding_events(fingerprint)
        if finding is None and not events:
            raise HTTPException(404, "no such finding")
        return finding, events

    @app.get("/findings/{fingerprint}", response_class=HTMLResponse, include_in_schema=False)
    def show_finding_page(fingerprint: str) -> HTMLResponse:
        finding, events = find(fingerprint)
        body = template.render(finding=finding, events=events, last=events[-1] if events else None)
        return HTMLResponse(body, headers=dict(headers))

    @app.get(
        "/api/v1/findings/{fingerprint}",
        responses={404: {"description": "There is no such finding"}},
    )
    def show_finding(fingerprint: str) -> Response:
        """One finding, null once it is closed, and what happened to it, oldest first."""
        finding, events = find(fingerprint)
        answer: dict[str, Any] = {"finding": finding, "events": events}
        return Response(msgspec.json.encode(answer), media_type="application/json")
