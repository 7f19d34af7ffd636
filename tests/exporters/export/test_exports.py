"""What is shown leaves as tables and calendars, whatever titles say."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from icalendar import Calendar

from slipwatch.aggregator.assessment import Assessment
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.export.ical import to_ics
from slipwatch.exporters.export.tables import TABLES, Table
from slipwatch.exporters.export.writing import to_csv, to_json
from slipwatch.exporters.ledger import LedgerLine
from slipwatch.exporters.web.app import Board, create_app
from slipwatch.exporters.web.downloads import FORMS
from tests.exporters.governed import governed

LAUNCH = "checkout/web/launch"
LEDGER: Mapping[str, Sequence[LedgerLine]] = {
    LAUNCH: [
        LedgerLine(datetime(2026, 6, 1, 9, tzinfo=UTC), date(2027, 1, 15)),
        LedgerLine(datetime(2026, 10, 6, 9, tzinfo=UTC), date(2027, 1, 8), -5, "webhook", "dan"),
    ]
}


def read(content: bytes) -> list[dict[str, str]]:
    """Read CSV as a program does."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def events(content: bytes) -> dict[str, dict[str, Any]]:
    """Read a calendar as a program does: the events by id."""
    found = Calendar.from_ical(content).walk("VEVENT")
    return {str(event["UID"]): {name: event.decoded(name) for name in event} for event in found}


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_both_forms_of_a_table_say_the_same(table: Table, assessment: Assessment) -> None:
    rows = list(table.rows(assessment, LEDGER))

    texts = read(to_csv(table.columns, rows))
    records = json.loads(to_json(table.columns, rows))

    assert len(texts) == len(records) == len(rows)
    assert len(set(table.columns)) == len(table.columns)
    for text, record in zip(texts, records, strict=True):
        assert list(text) == list(record) == list(table.columns)
        assert [name for name in text if not text[name]] == [
            name for name, value in record.items() if value is None or value in ("", [])
        ]


def test_milestones_have_their_dates_forecasts_and_slips(assessment: Assessment) -> None:
    table = TABLES["milestones"]
    launch = read(to_csv(table.columns, table.rows(assessment, LEDGER)))[2]

    shown = {
        "id": LAUNCH,
        "status": "red",
        "dates_commitment": "2027-01-15",
        "forecast_p85": "2027-02-04",
        "forecast_p_on_time": "0.18",
        "network_commitment_float": "-6",
        "network_critical": "true",
        "slip_forecast_vs_commitment": "6",
    }
    assert {name: launch[name] for name in shown} == shown


def test_what_moved_forecasts_is_a_row_for_each(assessment: Assessment) -> None:
    days, chances = TABLES["movements"], TABLES["chances"]

    (moved,) = read(to_csv(days.columns, days.rows(assessment, LEDGER)))
    (chance,) = read(to_csv(chances.columns, chances.rows(assessment, LEDGER)))

    assert (moved["milestone"], moved["since"], moved["after"]) == (
        LAUNCH, "2026-11-16", "2027-01-25",
    )  # fmt: skip
    parts = ("pace", "scope", "upstream", "date", "calendar", "model", "data")
    assert sum(int(moved[part]) for part in parts) == int(moved["total"]) == 3
    assert sum(float(chance[part]) for part in parts) == pytest.approx(float(chance["total"]))


def test_items_that_will_be_late_are_rows_and_nobody_is_named(assessment: Assessment) -> None:
    items, projects = TABLES["delays"], TABLES["project-delays"]

    late = read(to_csv(items.columns, items.rows(assessment, LEDGER)))
    payments = read(to_csv(projects.columns, projects.rows(assessment, LEDGER)))[0]

    assert list(late[0]) == ["item", "title", "url", "milestones", "due", "chance"]
    assert (late[1]["item"], late[1]["due"], late[1]["chance"]) == (
        "jira:PAY-9", "2026-11-27", "0.825",
    )  # fmt: skip
    assert payments == {
        "project": "checkout/payments", "dated": "12", "expected": "4.25", "likely": "3",
    }  # fmt: skip


def test_what_will_be_left_of_a_sprint_is_a_row(assessment: Assessment) -> None:
    table = TABLES["sprints"]

    estimated, counted = read(to_csv(table.columns, table.rows(assessment, LEDGER)))

    assert (estimated["open"], estimated["expected"]) == ("8", "3.2")
    assert (estimated["points"], estimated["expected_points"]) == ("21", "8.4")
    assert (counted["past"], counted["points"], counted["expected_points"]) == ("0", "", "")


def test_how_forecasts_held_is_a_row_for_each_program(assessment: Assessment) -> None:
    table = TABLES["calibrations"]

    (held,) = read(to_csv(table.columns, table.rows(assessment, LEDGER)))

    assert held == {
        "program": "checkout",
        "as_of": "2026-11-20",
        "n": "15",
        "coverage_p50": "0.4",
        "coverage_p85": "0.6",
        "coverage_p95": "0.8",
    }


def test_projects_have_what_moves_in_them_and_nobody_by_name(assessment: Assessment) -> None:
    table = TABLES["projects"]
    payments = read(to_csv(table.columns, table.rows(assessment, LEDGER)))[0]

    shown = {
        "flow_doing": "3",
        "flow_cycle_p85": "9",
        "flow_people": "4",
        "flow_doing_per_person": "1.5",
        "flow_finished_in_eight_weeks": "48",
        "flow_key_person_share": "0.625",
    }
    assert {name: payments[name] for name in shown} == shown


def test_registers_gates_controls_and_baselines_are_tables_too(assessment: Assessment) -> None:
    known = governed(assessment, title="=cmd|' /C calc'!A0")
    names = ("risks", "issues", "actions", "decisions", "gates", "controls", "baselines")

    rows = {
        name: read(to_csv(TABLES[name].columns, TABLES[name].rows(known, LEDGER))) for name in names
    }

    assert {name: len(found) for name, found in rows.items()} == {
        "risks": 4, "issues": 1, "actions": 1, "decisions": 1,
        "gates": 1, "controls": 2, "baselines": 2,
    }  # fmt: skip
    risk, control, version = rows["risks"][0], rows["controls"][0], rows["baselines"][1]
    assert (risk["title"], risk["exposure"], risk["band"]) == (
        "'=cmd|' /C calc'!A0",
        "60000.0",
        "high",
    )
    assert (control["program"], control["id"], control["state"]) == (
        "checkout",
        "CMMC-AC.L1-b.1.i",
        "missing",
    )
    assert (version["milestone"], version["version"], version["approver"]) == (LAUNCH, "2", "dana")


def test_numbers_stay_numbers_and_texts_are_no_formulas() -> None:
    written = to_csv(("a",), [(-6,), (-0.5,), ("-6",), ("a; =1",), (("=1", "+2"),), (True,)])

    assert written.decode().split("\r\n") == [
        "a", "-6", "-0.5", "'-6", "a; '=1", "'=1; '+2", "true", "",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["milestones", "findings", "programs", "dependencies", "delays"])
def test_no_title_becomes_a_formula_or_a_row_of_its_own(
    name: str, entitle: Callable[[str, str], Assessment], title: str
) -> None:
    table = TABLES[name]
    rows = list(table.rows(entitle(title, title), LEDGER))

    texts = read(to_csv(table.columns, rows))

    assert len(texts) == len(rows)
    for text in texts:
        assert None not in text
        for cell in text.values():
            assert "".join(cell.splitlines()).isprintable()
            if not re.fullmatch(r"-?[\d.]+", cell):
                assert not re.search("(?:^|;)\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]", cell)
    assert len(json.loads(to_json(table.columns, rows))) == len(rows)


def test_a_calendar_has_commitments_and_forecasts_all_day_long(assessment: Assessment) -> None:
    found = events(to_ics(assessment, "checkout"))

    assert {uid: str(event["SUMMARY"]) for uid, event in found.items()} == {
        "checkout/payments/api-2.0/p50@slipwatch": "API 2.0: P50 (amber)",
        "checkout/payments/api-2.0/p85@slipwatch": "API 2.0: P85 (amber)",
        "checkout/payments/bank-contract/commitment@slipwatch": (
            "Contract with the bank: commitment (done 2026-11-12)"
        ),
        f"{LAUNCH}/commitment@slipwatch": "Launch: commitment (red, 18 % on time)",
        f"{LAUNCH}/p50@slipwatch": "Launch: P50 (red)",
        f"{LAUNCH}/p85@slipwatch": "Launch: P85 (red)",
    }
    launch = found[f"{LAUNCH}/commitment@slipwatch"]
    assert (launch["DTSTART"], launch["DTEND"]) == (date(2027, 1, 15), date(2027, 1, 16))
    assert launch["DESCRIPTION"].splitlines() == [
        "Checkout modernisation / web",
        "the chance to keep 2027-01-15 is 18 %",
        "waits for API 2.0, which is late",
    ]
    assert set(events(to_ics(assessment))) > set(found)


def test_an_event_keeps_its_id_and_its_sequence_grows(assessment: Assessment) -> None:
    moment = assessment.generated_at + timedelta(hours=1)
    later = msgspec.structs.replace(assessment, generated_at=moment)
    tomorrow = msgspec.structs.replace(later, as_of=assessment.as_of + timedelta(days=1))

    calendars = [events(to_ics(one)) for one in (assessment, later, tomorrow)]

    assert to_ics(assessment) == to_ics(assessment)
    assert calendars[0].keys() == calendars[1].keys() == calendars[2].keys()
    sequences = [one[f"{LAUNCH}/p85@slipwatch"]["SEQUENCE"] for one in calendars]
    assert sequences == sorted(set(sequences))
    assert calendars[1][f"{LAUNCH}/p85@slipwatch"]["LAST-MODIFIED"] == moment


def test_no_title_ends_an_event_or_adds_to_it(
    entitle: Callable[[str, str], Assessment], title: str, assessment: Assessment
) -> None:
    written = to_ics(entitle(title, "javascript:alert(1)"))

    found = events(written)
    assert found.keys() == events(to_ics(assessment)).keys()
    assert {name for event in found.values() for name in event} == {
        "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY",
        "DESCRIPTION", "CATEGORIES", "STATUS", "TRANSP",
    }  # fmt: skip
    lines = written.decode().split("\r\n")
    assert all(line.isprintable() and len(line.encode()) <= 75 for line in lines)


class _Shown(Board):
    def show(self, assessment: Assessment) -> None: ...


def test_every_table_can_be_reached_from_a_page(board: _Shown, assessment: Assessment) -> None:
    board.show(assessment)
    with (
        HttpServer(create_app(board), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address) as client,
    ):
        page = client.get("/export/")
        links = re.findall(r'href="(/export/[^"]+)"', page.text)
        codes = {client.get(link).status_code for link in links}

    assert sorted(links) == sorted(f"/export/{name}.{form}" for name in TABLES for form in FORMS)
    assert codes == {200}
    assert page.headers["x-content-type-options"] == "nosniff"


def test_files_are_served(board: _Shown, assessment: Assessment) -> None:
    with (
        HttpServer(create_app(board), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address) as client,
    ):
        assert client.get("/export/milestones.csv").status_code == 503
        board.show(assessment)
        table, records = client.get("/export/ledger.csv"), client.get("/export/hits.json")
        whole, one = client.get("/calendar.ics"), client.get("/calendar/checkout.ics")
        missing = [
            client.get(path).status_code
            for path in ("/export/nothing.csv", "/export/ledger.xlsx", "/calendar/nothing.ics")
        ]

    assert [row["value"] for row in read(table.content)] == ["2027-01-08", "", "2027-01-15"]
    assert table.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert table.headers["content-disposition"] == 'attachment; filename="ledger.csv"'
    assert table.headers["x-content-type-options"] == "nosniff"
    assert records.json()[0]["days"] == 6
    assert whole.headers["content-type"] == "text/calendar; charset=utf-8"
    assert one.content == to_ics(assessment, "checkout")
    assert missing == [404, 404, 404]
