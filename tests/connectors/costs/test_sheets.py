"""Sheets of money as people write them, and what is said of those that cannot be read."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from slipwatch.aggregator.connector import Stop
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import CsvCostSettings
from slipwatch.connectors.costs.sheet import read_actuals, read_plan

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a sheet."""

    def write_sheet(text: str | bytes) -> Path:
        path = tmp_path / "costs.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_sheet


def actuals(path: Path, **columns: str) -> tuple[Posting, ...]:
    """Read what was spent."""
    return read_actuals(CsvCostSettings(path=path, **columns))


def test_postings_may_be_of_projects_and_stand_beside_other_columns(write: Write) -> None:
    path = write("\ufeffDay;Who;Sum;For\n2026-01-31;x;100.50;web\n\n2026-02-28;y;-3;\n")

    assert actuals(path, date="Day", amount="Sum", project="For") == (
        Posting(date(2026, 1, 31), 100.5, "web"),
        Posting(date(2026, 2, 28), -3.0),
    )


def test_a_sheet_with_a_header_alone_says_that_nothing_was_spent(write: Write) -> None:
    assert actuals(write("date,amount\n")) == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("date,cumulative\n2026-01-31,100\n2026-02-28,250\n", id="as a running sum"),
        pytest.param("date,amount\n2026-01-31,100\n2026-02-28,150\n", id="by period"),
        pytest.param("date,amount\n2026-02-28,150\n2026-01-31,100\n", id="in any order"),
    ],
)
def test_a_plan_says_what_is_to_be_spent_by_when(write: Write, text: str) -> None:
    assert read_plan(write(text)) == (
        Posting(date(2026, 1, 31), 100.0),
        Posting(date(2026, 2, 28), 150.0),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param(
            "day,amount\n", "there is no column date; its header is day, amount", id="header"
        ),
        pytest.param("date,amount\n5.1.2026,3\n", "line 2: '5.1.2026' is no date", id="date"),
        pytest.param("date,amount\n2026-01-05,1.000,00\n", "line 2: more cells", id="a comma"),
        pytest.param("date;amount\n2026-01-05;1,5\n", "line 2: '1,5' is no amount", id="amount"),
        pytest.param("date,amount\n2026-01-05,nan\n", "line 2: 'nan' is no amount", id="no number"),
        pytest.param("date,amount\n2026-01-05\n", "line 2: '' is no amount", id="a cell missing"),
        pytest.param(
            "date,amount\n" + "x,1\n" * 5,
            "line 4: 'x' is no date: write it as 2026-01-31; and 2 more",
            id="many",
        ),
        pytest.param(b"date,amount\n\xff", "it is not UTF-8", id="encoding"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_told(write: Write, text: str | bytes, reason: str) -> None:
    path = write(text)

    with pytest.raises(Stop) as refused:
        actuals(path)
    assert str(refused.value).startswith("costs.csv: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("date,amount\n2026-01-05,3\n", "a plan has at least two days", id="one day"),
        pytest.param(
            "date,cumulative\n2026-01-05,3\n2026-02-05,2\n",
            "what is planned by 2026-02-05 is less than before",
            id="falls",
        ),
    ],
)
def test_a_plan_that_is_none_is_refused(write: Write, text: str, reason: str) -> None:
    with pytest.raises(Stop, match=reason):
        read_plan(write(text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"nowhere\.csv: there is no such file: check its path"):
        actuals(tmp_path / "nowhere.csv")
