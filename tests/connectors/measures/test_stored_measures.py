"""Measures in files and databases: what they give, and that nothing can be written by them."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.connector import Retry, Stop
from tests.postgres import Postgres

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
Read = Callable[..., list[Reading]]


def csv(folder: Path, content: str | bytes) -> dict[str, Any]:
    path = folder / "kpi.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {"path": str(path), "time": "date", "value": "days"}


def test_the_newest_row_is_last_and_the_others_are_its_history(read: Read, tmp_path: Path) -> None:
    found = read(
        csv=csv(
            tmp_path,
            "\ufeffdate,days,who\n2026-09-30,88.5,x\n2026-08-31T09:00Z,91,\n2026-07-31,,\n",
        )
    )
    assert [(one.value, one.at) for one in found] == [
        (91, datetime(2026, 8, 31, 9, 0, tzinfo=UTC)),
        (88.5, datetime(2026, 9, 29, 22, 0, tzinfo=UTC)),
    ]
    assert {one.fetched_at for one in found} == {NOW}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_sheets_with_other_separators_are_read(read: Read, tmp_path: Path, separator: str) -> None:
    content = "date,days\n2026-09-30,88.5\n".replace(",", separator)
    assert read(csv=csv(tmp_path, content))[0].value == 88.5


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        ("date,days\n2026-09-30,NaN\n", Retry, "holds no row with a value"),
        ("date,days\n", Retry, "holds no row with a value"),
        ("", Stop, "has no column date"),
        ("date,hours\n2026-09-30,1\n", Stop, "has no column days"),
        ("date,days\n2026-09-30,many\n", Stop, "line 2 of kpi.csv: expected a number"),
        ("date,days\nyesterday,7\n", Stop, "line 2 of kpi.csv: expected a day or a time"),
        (b"date,days\n2026-09-30,\xff\n", Stop, "kpi.csv is not UTF-8"),
    ],
)
def test_a_sheet_that_gives_nothing_says_why(
    read: Read, tmp_path: Path, content: str | bytes, kind: type, message: str
) -> None:
    with pytest.raises(kind) as raised:
        read(csv=csv(tmp_path, content))
    assert message in str(raised.value)


def test_a_sheet_that_is_not_there_says_so(read: Read, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="there is no file"):
        read(csv={"path": str(tmp_path / "gone.csv")})


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an SQLite file with one measure."""
    path = tmp_path / "kpi #1.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table kpi (v real, at text)")
        connection.execute("insert into kpi values (88.5, '2026-09-30'), (null, null)")
    monkeypatch.setenv("DW_DSN", f"sqlite:///{path}")
    return path


def test_one_row_is_a_reading_with_its_time_if_it_has_one(read: Read, database: Path) -> None:
    assert database.exists()
    query = "select v, at from kpi where v is not null"
    (reading,) = read(sql={"dsn_env": "DW_DSN", "query": query})
    assert (reading.value, reading.at) == (88.5, datetime(2026, 9, 29, 22, 0, tzinfo=UTC))
    (reading,) = read(sql={"dsn_env": "DW_DSN", "query": "select count(*) from kpi"})
    assert (reading.value, reading.at, reading.source) == (2, NOW, "sql")


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("select v from kpi where v > 100", Retry, "gave no number"),
        ("select v from kpi where v is null", Retry, "gave no number"),
        ("select v from kpi", Stop, "gives several rows"),
        ("select 'much'", Stop, "expected a number"),
        ("select 1, 'soon'", Stop, "expected a day or a time"),
        ("select wrong from kpi", Retry, "did not answer the query (SQLITE_ERROR)"),
        ("insert into kpi values (1, 'x')", Retry, "SQLITE_READONLY"),
        ("drop table kpi", Retry, "SQLITE_READONLY"),
        ("select :what", Stop, "the query cannot be asked"),
    ],
)
def test_a_query_that_gives_nothing_says_why_and_nothing_is_written(
    read: Read, database: Path, query: str, kind: type, message: str
) -> None:
    before = database.read_bytes()
    with pytest.raises(kind) as raised:
        read(sql={"dsn_env": "DW_DSN", "query": query})
    assert message in str(raised.value)
    assert query not in str(raised.value)
    assert database.read_bytes() == before


def test_a_query_without_end_is_ended(read: Read, database: Path) -> None:
    assert database.exists()
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select sum(i) from n"
    with pytest.raises(Retry, match="SQLITE_INTERRUPT"):
        read(sql={"dsn_env": "DW_DSN", "query": endless, "timeout": "1s"})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (None, "the environment variable DW_DSN is not set"),
        ("nonsense:hunter2", "DW_DSN holds no address of a database"),
        ("sqlite://", "DW_DSN holds no address of a database"),
        ("oracle+nodriver://u:hunter2@h/d", "DW_DSN holds no address of a database"),
        ("mysql+pymysql://u:hunter2@h/d", "driver pymysql is not installed"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(
    read: Read, monkeypatch: pytest.MonkeyPatch, address: str | None, message: str
) -> None:
    if address is not None:
        monkeypatch.setenv("DW_DSN", address)
    with pytest.raises(Stop) as raised:
        read(sql={"dsn_env": "DW_DSN", "query": "select 1"})
    assert message in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_file_that_is_not_there_is_not_made(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DSN", f"sqlite:///{tmp_path / 'gone.db'}")
    with pytest.raises(Retry, match="SQLITE_CANTOPEN"):
        read(sql={"dsn_env": "DW_DSN", "query": "select 1"})
    assert not (tmp_path / "gone.db").exists()


@pytest.mark.postgres
def test_a_real_postgresql_is_read_and_cannot_be_written(
    read: Read, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.database() as address:
        url = make_url(address).set(drivername="postgresql")
        monkeypatch.setenv("DW_DSN", url.render_as_string(hide_password=False))
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(text("create table kpi (v numeric, at timestamptz)"))
            connection.execute(text("insert into kpi values (88.5, '2026-09-30T10:00Z')"))
        measure = {"dsn_env": "DW_DSN", "timeout": "1s"}
        (reading,) = read(sql={**measure, "query": "select v, at from kpi"})
        assert (reading.value, reading.at) == (88.5, datetime(2026, 9, 30, 10, 0, tzinfo=UTC))
        for query, code in (
            ("delete from kpi", "25006"),
            ("select pg_sleep(30)", "57014"),
            ("select wrong", "42703"),
        ):
            with pytest.raises(Retry, match=code):
                read(sql={**measure, "query": query})
        with engine.connect() as connection:
            assert connection.execute(text("select count(*) from kpi")).scalar() == 1
        engine.dispose()
