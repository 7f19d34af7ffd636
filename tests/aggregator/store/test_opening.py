"""Opening a store: migrations, and databases that cannot be used."""

import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from slipwatch.aggregator.store import StoreError, open_store
from slipwatch.aggregator.store.database import Database
from slipwatch.aggregator.store.tables import metadata
from tests.postgres import Postgres

OPEN = (
    "import sys; from slipwatch.aggregator.store import open_store; open_store(sys.argv[1]).close()"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """Give the URL of a database with nothing in it, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'slipwatch.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


def _open_and_close(url: str) -> None:
    open_store(url).close()


def test_migrations_lead_to_the_tables_that_the_code_uses(store_url: str) -> None:
    _open_and_close(store_url)
    database = Database(store_url)
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_opening_again_keeps_what_is_there_and_needs_no_alembic(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(store_url) as store:
        store.remember_slugs({("shop/api", "jira", "1"): "ga"})
    monkeypatch.setitem(sys.modules, "slipwatch.aggregator.store.upgrading", None)
    with open_store(store_url) as store:
        assert store.slugs() == {("shop/api", "jira", "1"): "ga"}


def test_processes_that_start_at_once_migrate_once(store_url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN, store_url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    errors = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 3, errors
    with open_store(store_url) as store:
        assert list(store.items()) == []


def test_threads_that_start_at_once_migrate_once(store_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_open_and_close, [store_url] * 8))
    database = Database(store_url)
    with database.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(store_url: str) -> None:
    _open_and_close(store_url)
    database = Database(store_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match="another version of slipwatch"):
        open_store(store_url)


def test_an_address_that_leads_nowhere_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql+psycopg://pm:swordfish@127.0.0.1:1/slipwatch")
    assert "127.0.0.1:1/slipwatch" in str(caught.value)
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://db/x", "not a url: swordfish"]
)
def test_an_address_that_is_no_store_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite") as caught:
        open_store(url)
    assert "swordfish" not in str(caught.value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "slipwatch.db"
    with pytest.raises(StoreError, match="unable to open database file; check that the path"):
        open_store(f"sqlite:///{path}")
