"""The page of a back-test: what it found, group by group, and of commitments."""

import re
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console

from slipwatch.aggregator.assessment import Status
from slipwatch.aggregator.backtest.baselines import BASELINES
from slipwatch.aggregator.backtest.cases import OURS, Case, point
from slipwatch.aggregator.backtest.result import Backtest, Group
from slipwatch.aggregator.backtest.scoring import checkpoints
from slipwatch.exporters.backtest.drawing import FanPoint, FanSheet, draw
from slipwatch.exporters.backtest.page import to_html
from slipwatch.exporters.legend import COLUMNS, MEANINGS, STEADY
from slipwatch.exporters.terminal.backtest import backtest_tables

TEN = np.arange(1.0, 11.0)


def case(name: str, outcome: float, status: Status | None = None) -> Case:
    return Case(
        milestone=name,
        group="p/<x>",
        at=50,
        as_of=date(2026, 1, 5),
        outcome=outcome,
        forecasts={OURS: TEN, "plan": point(30)},
        commitment=None if status is None else 8.0,
        status=status,
    )


def scored(cases: list[Case], groups: tuple[str, ...]) -> Backtest:
    """Score some cases, the same ones for each group."""
    found = checkpoints(cases)
    return Backtest(
        as_of=date(2026, 2, 2),
        scope="project",
        trials=10,
        seed=0,
        checkpoints=found,
        groups=tuple(Group(id=name, checkpoints=found) for name in groups),
    )


def page(cases: list[Case], groups: tuple[str, ...]) -> list[str]:
    """Write the page, and give its rows as text."""
    html = to_html(scored(cases, groups), version="0.1.0")
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>|<h2>(.*?)</h2>", html)
    return [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", a or b)).strip() for a, b in rows]


def test_each_group_has_its_scores_and_commitments_are_scored_apart() -> None:
    rows = page([case("late", 12, "amber"), case("kept", 4, "red")], ("p/<x>", "p/y"))

    at = rows.index("Commitments")
    assert rows[at + 2 : at + 4] == [
        "50 % slipwatch 0.340 8.0 0.0 100 %",
        "plan 0.500 8.0 8.0 100 %",
    ]
    assert {"Project p/&lt;x&gt;", "Project p/y"} <= set(rows)
    assert sum(row.startswith("50 % slipwatch 2 ") for row in rows) == 3


def test_without_commitments_or_groups_nothing_is_said_of_them() -> None:
    rows = page([case("late", 12), case("early", 4)], ("p/x",))

    assert "Commitments" not in rows
    assert not any(row.startswith("Project ") for row in rows)


def test_what_stands_beside_ours_is_explained_below_the_table_and_on_the_page() -> None:
    result = scored([case("late", 12)], ())
    text = StringIO()
    Console(file=text, width=200).print(backtest_tables(result))
    explained = re.findall(
        r"<dt>(.*?)</dt><dd>(.*?)</dd>", to_html(result, version="0.1.0"), re.DOTALL
    )

    assert explained == [("plan", MEANINGS["plan"])]
    assert f"plan  {MEANINGS['plan']}" in text.getvalue()
    assert COLUMNS in " ".join(text.getvalue().split())


def test_names_and_intervals_are_whole_in_a_small_window() -> None:
    forecasts = {OURS: TEN, **dict.fromkeys(MEANINGS, TEN)}
    text = StringIO()

    result = scored([replace(case(name, 1), forecasts=forecasts) for name in "abcdefghij"], ())
    Console(file=text, width=80).print(backtest_tables(result).renderables[1])

    names = [line[5:21].strip() for line in text.getvalue().splitlines()]
    assert set(MEANINGS) <= set(names)
    assert len(names) < len(MEANINGS) + 6
    assert "…" not in text.getvalue()


def test_a_baseline_that_was_nearer_is_named_with_how_often_its_p85_held() -> None:
    at_once = {OURS: TEN, "plain_bootstrap": point(14), "plan": None}
    result = scored([replace(case("late", 15), forecasts=at_once)], ())
    text = StringIO()
    Console(file=text, width=200).print(backtest_tables(result))
    said = f"plain_bootstrap was nearer at 50 %; its P85 held in 0 % there. {STEADY}"

    assert said in " ".join(text.getvalue().split())
    assert said in to_html(result, version="0.1.0")
    assert "was nearer" not in to_html(scored([case("late", 12)], ()), version="0.1.0")


def test_every_baseline_is_explained_and_stands_in_the_documentation() -> None:
    forecasts = (Path(__file__).parents[3] / "docs/forecast.md").read_text()
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in MEANINGS.items())

    assert set(MEANINGS) == {*BASELINES, "last_week"}
    assert f"| Name | What it says |\n| --- | --- |\n{rows}" in forecasts


def test_the_days_of_a_short_life_are_told_as_days() -> None:
    fans = [
        FanSheet(
            number=days,
            title="short",
            description="",
            finish=date(2026, 1, 5) + timedelta(days=days),
            commitment=None,
            points=tuple(
                FanPoint(as_of=day, p10=day, p50=day, p85=day, p95=day)
                for day in (date(2026, 1, 5), date(2026, 1, 5) + timedelta(days=days - 1))
            ),
        )
        for days in range(1, 30)
    ]

    assert not [sheet.number for sheet in fans if re.search(r">[^<]*\d:\d\d[^<]*<", draw(sheet))]
