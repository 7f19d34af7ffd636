"""Why forecasts moved, in the assessments of days that follow one another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.aggregator.assessment import Movement
from slipwatch.aggregator.store import Store, open_store
from slipwatch.aggregator.whatif.kept import decode, encode
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.moving import Mover
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.settings import read_settings

Json = dict[str, Any]


class Days:
    """Assesses a file that people edit, day by day."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._file = folder / "slipwatch.yaml"
        self._store = store
        self.mover = Mover(clock=lambda: 0.0)

    def on(
        self, day: str, duration: int, *, remember: bool = True, **assess: Any
    ) -> Movement | None:
        settings = self._write(duration, assess)
        at = date.fromisoformat(day)
        outcome = run_assessment(
            settings,
            self._store,
            as_of=at,
            now=datetime(at.year, at.month, at.day, 9, tzinfo=UTC),
            remember=remember,
            mover=self.mover,
        )
        view = outcome.assessment.milestone("shop/api/beta")
        assert view is not None
        return view.movement

    def _write(self, duration: int, assess: Json) -> SlipwatchSettings:
        beta = {"id": "beta", "duration": f"{duration}wd", "commitment": "2026-01-30"}
        projects = [{"id": "api", "milestones": [beta]}]
        self._file.write_text(
            yaml.safe_dump(
                {
                    "timezone": "UTC",
                    "assess": {"trials": 100, **assess},
                    "programs": [{"id": "shop", "projects": projects}],
                }
            )
        )
        return read_settings(self._file)


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        yield Days(tmp_path, store)


def test_a_forecast_is_compared_with_the_one_of_a_week_ago(days: Days) -> None:
    assert days.on("2026-01-05", 10) is None
    for day, duration in (("2026-01-06", 9), ("2026-01-07", 8), ("2026-01-09", 16)):
        days.on(day, duration)

    moved = days.on("2026-01-13", 16)

    assert moved is not None
    assert moved.since == date(2026, 1, 6)
    assert moved.p50 is not None
    assert (moved.p50.before, moved.p50.after) == (date(2026, 1, 16), date(2026, 2, 3))
    assert (moved.p50.total, moved.p50.pace, moved.p50.dates) == (12, 5, 7)
    assert moved.p_on_time is not None
    assert (moved.p_on_time.before, moved.p_on_time.after) == (1.0, 0.0)


def test_in_its_first_week_a_store_compares_with_its_first_day(days: Days) -> None:
    days.on("2026-01-05", 10)
    days.on("2026-01-06", 9)

    moved = days.on("2026-01-07", 9)

    assert moved is not None
    assert moved.since == date(2026, 1, 5)
    assert moved.p50 is not None
    assert moved.p50.total == 1


def test_a_replay_tells_it_too_and_leaves_no_trace(days: Days) -> None:
    days.on("2026-01-05", 10)

    replayed = days.on("2026-01-12", 7, remember=False)
    assert replayed is not None
    assert replayed.p50 is not None
    assert replayed.p50.total == 2

    later = days.on("2026-01-20", 3)
    assert later is not None
    assert later.since == date(2026, 1, 5)


def test_after_three_weeks_without_an_assessment_there_is_nothing_to_compare_with(
    days: Days,
) -> None:
    days.on("2026-01-05", 10)

    assert days.on("2026-01-27", 10) is None


def test_what_another_version_kept_is_not_guessed_at(days: Days, tmp_path: Path) -> None:
    days.on("2026-01-05", 10)
    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        found = store.portfolio(date(2026, 1, 5), date(2026, 1, 5))
        assert found is not None
        store.save_portfolio(found[0], found[1][:-1], keep=timedelta(days=1))

    assert days.on("2026-01-12", 10) is None


def test_an_assessment_is_made_though_its_movements_cannot_be(days: Days, tmp_path: Path) -> None:
    days.on("2026-01-05", 10)
    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        kept = store.portfolio(date(2026, 1, 5), date(2026, 1, 5))
        assert kept is not None
        then = decode(kept[1])
        assert then is not None
        lost = {name: replace(m, calendar="lost") for name, m in then.milestones.items()}
        body = encode(replace(then, milestones=lost))
        store.save_portfolio(then.as_of, body, keep=timedelta(days=1))

    assert days.on("2026-01-12", 10) is None
    assert days.on("2026-01-13", 10) is None


def test_a_patient_service_shows_what_it_knows_and_finds_out_the_rest_afterwards(
    days: Days,
) -> None:
    seconds = iter(range(0, 100_000, 300))  # every look at the clock takes five minutes
    days.mover = Mover(clock=lambda: float(next(seconds)), patient=True)
    days.on("2026-01-05", 10)
    first = days.on("2026-01-06", 10)

    put_off = days.on("2026-01-07", 12)
    days.mover.catch_up()
    days.mover.catch_up()
    known = days.on("2026-01-07", 12)

    assert put_off == first
    assert known is not None
    assert known.p50 is not None
    assert known.p50.total == 4


def test_a_service_that_needs_long_for_it_tells_it_less_often(days: Days) -> None:
    seconds = iter(range(0, 1000, 10))  # every look at the clock takes ten seconds
    days.mover = Mover(clock=lambda: float(next(seconds)))
    days.on("2026-01-05", 10)

    first = days.on("2026-01-12", 10)
    too_soon = days.on("2026-01-12", 12)
    told = (days.on("2026-01-12", 12) for _ in range(40))
    later = next((one for one in told if one != first), None)

    assert first is not None
    assert too_soon == first
    assert later is not None
    assert later.p50 is not None
    assert later.p50.total == 7
