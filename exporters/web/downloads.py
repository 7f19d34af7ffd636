"""What is shown, as files: tables for spreadsheets and scripts, calendars for calendars."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

from slipwatch.aggregator.assessment import Assessment

from ..export.ical import to_ics
from ..export.tables import TABLES, Ledger
from ..export.writing import to_csv, to_json
from ..ledger import LedgerLine

FORMS = {
    "csv": (to_csv, "text/csv; charset=utf-8; header=present"),
    "json": (to_json, "application/json"),
}
ICS = "text/calendar; charset=utf-8"


class Histories(Protocol):
    """Knows the dates that a milestone had."""

    def ledger(self, milestone: str) -> Sequence[LedgerLine] | None:
        """Every observed value of a milestone's date, None while they have not been read."""
        ...


def add_downloads(
    app: FastAPI,
    current: Callable[[], Assessment],
    board: Histories,
    headers: Mapping[str, str],
) -> None:
    """Serve files made of the latest assessment, and a list of them."""
    environment = Environment(loader=PackageLoader("slipwatch.exporters.web"), autoescape=True)
    listing = environment.get_template("tables.html")

    def file(body: bytes, kind: str, name: str) -> Response:
        shown = {**headers, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type=kind, headers=shown)

    @app.get("/export/", response_class=HTMLResponse, include_in_schema=False)
    def show_tables() -> HTMLResponse:
        page = listing.render(tables=TABLES.values(), forms=FORMS)
        return HTMLResponse(page, headers=dict(headers))

    @app.get("/export/{table}.{form}", include_in_schema=False)
    def export(table: str, form: str) -> Response:
        if table not in TABLES or form not in FORMS:
            raise HTTPException(404, f"no such table or form; there are {', '.join(TABLES)}")
        (write, kind), assessment = FORMS[form], current()
        wanted = TABLES[table]
        rows = wanted.rows(assessment, _ledger(assessment, board))
        return file(write(wanted.columns, rows), kind, f"{table}.{form}")

    @app.get("/calendar.ics", include_in_schema=False)
    def whole_calendar() -> Response:
        return file(to_ics(current()), ICS, "slipwatch.ics")

    @app.get("/calendar/{program}.ics", include_in_schema=False)
    def program_calendar(program: str) -> Response:
        assessment = current()
        if program not in {view.id for view in assessment.programs}:
            raise HTTPException(404, "no such program")
        return file(to_ics(assessment, program), ICS, f"{program}.ics")


def _ledger(assessment: Assessment, board: Histories) -> Ledger:
    return {view.id: board.ledger(view.id) or () for view in assessment.milestones}
