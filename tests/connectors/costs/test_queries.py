"""Costs from a database and from a document, and what is said of those that hold none."""

import sqlite3
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.connector import Context, Retry, SourceError, Stop
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import ActualsSettings
from slipwatch.connectors.costs.table import read_actuals

from ..canned import CannedServer

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
Read = Callable[..., tuple[Posting, ...]]
POSTED = (Posting(date(2026, 9, 30), 100.5, "web"), Posting(date(2026, 10, 1), -3.0))


@pytest.fixture
def server() -> Generator[CannedServer]:
    """Give a server that answers what it is told to."""
    with CannedServer() as running:
        yield running


@pytest.fixture
def read() -> Read:
    """Give a function that reads what was spent as the file has it."""

    def run(**actuals: Any) -> tuple[Posting, ...]:
        context = Context(now=lambda: NOW, sleep=lambda _seconds: None)
        settings = ActualsSettings.model_validate(actuals)
        return read_actuals("p actuals", settings, context, ZoneInfo("Europe/Berlin"))

    return run


@pytest.fixture
def ask(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Give a function that asks a database with two bookings."""
    path = tmp_path / "books.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table books (day text, net real, project text)")
        rows = "('2026-09-30', 100.5, 'web'), ('2026-09-30T22:30:00Z', -3, null)"
        connection.execute(f"insert into books values {rows}")
    monkeypatch.setenv("ERP_DSN", f"sqlite:///{path}")

    def query(text: str) -> tuple[Posting, ...]:
        return read(sql={"dsn_env": "ERP_DSN", "query": text})

    return query


def test_each_row_of_a_query_is_a_posting(ask: Read) -> None:
    assert ask("select day, net, project from books order by net desc") == POSTED
    assert ask("select day, net from books where net > 200") == ()


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("select net from books", Stop, "a day, an amount, and perhaps a project"),
        ("select 'soon', 3", Stop, "row 1 of the query is no posting: expected a day"),
        ("select '2026-01-05', null", Stop, "row 1 of the query is no posting: expected an amount"),
        ("select wrong from books", Retry, "did not answer the query (SQLITE_ERROR)"),
        ("delete from books", Retry, "SQLITE_READONLY"),
    ],
)
def test_a_query_that_gives_no_costs_says_so(
    ask: Read, query: str, kind: type[SourceError], message: str
) -> None:
    with pytest.raises(kind) as raised:
        ask(query)
    assert message in str(raised.value)


def test_each_entry_of_a_list_is_a_posting(
    read: Read, server: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_TOKEN", "very-secret")
    server.answer(
        "/costs",
        {
            "data": {
                "costs": [
                    {"day": "2026-09-30", "net": "100.5", "for": "web"},
                    {"day": "2026-10-01", "net": -3, "for": ""},
                ]
            }
        },
    )
    found = read(
        http_json={
            "url": f"{server.url}/costs?year=2026",
            "rows": "$.data.costs",
            "date": "day",
            "amount": "net",
            "project": "for",
            "token_env": "ERP_TOKEN",
        }
    )

    assert found == POSTED


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"costs": []}, "the document has no list at $"),
        ([3], "entry 1 of the list is no posting: expected an object"),
        ([{"date": "2026-01-05"}], "entry 1 of the list is no posting: expected an amount"),
    ],
)
def test_a_document_without_costs_says_so(
    read: Read, server: CannedServer, document: object, message: str
) -> None:
    server.answer("/costs", document)

    with pytest.raises(Stop) as raised:
        read(http_json={"url": f"{server.url}/costs"})
    assert message in str(raised.value)
