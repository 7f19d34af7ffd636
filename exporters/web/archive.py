"""The archive of reports: a list, and each of them as its audience got it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

from slipwatch.aggregator.store import FrozenReport

from ..terminal.text import plain

TYPES = {
    "html": "text/html; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
}


class Archive(Protocol):
    """Where reports are kept; it is asked in worker threads."""

    def reports(self) -> Sequence[FrozenReport]:
        """The latest ones without what they say, the newest first."""
        ...

    def report(self, number: int) -> FrozenReport | None:
        """One of them."""
        ...


class NothingKept:
    """An archive for who keeps none."""

    def reports(self) -> Sequence[FrozenReport]:
        """Know of none."""
        return ()

    def report(self, number: int) -> FrozenReport | None:
        """Know of none."""
        return None


def add_archive(app: FastAPI, archive: Archive, headers: Mapping[str, str]) -> None:
    """Serve the archive."""
    environment = Environment(loader=PackageLoader("slipwatch.exporters.web"), autoescape=True)
    environment.filters["plain"] = plain
    listing = environment.get_template("reports.html")

    @app.get("/reports", response_class=HTMLResponse, include_in_schema=False)
    def show_reports() -> HTMLResponse:
        return HTMLResponse(listing.render(reports=archive.reports()), headers=dict(headers))

    @app.get("/reports/{number}", include_in_schema=False)
    def show_report(number: int) -> Response:
        kept = archive.report(number)
        if kept is None:
            raise HTTPException(404, "no such report")
        return Response(kept.content, media_type=TYPES[kept.form], headers=dict(headers))
