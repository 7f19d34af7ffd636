"""Benefits end to end: measures are read when they are due, readings told, and all of it shown."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.benefits import Measured, read_benefits
from slipwatch.daemon.feeds import feeds_in, read_feeds

from .running import Commands, Running, eventually, write_config

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
B1 = "p/benefit:B1"


def benefit(**more: Any) -> dict[str, Any]:
    return {
        "id": "B1",
        "title": "Faster onboarding",
        "owner": "jane",
        "unit": "days",
        "baseline": {"value": 100},
        "target": {"value": 60, "by": "2026-12-31"},
        "start": "2026-07-01",
        "annual_value": {"amount": 240000},
        "enabled_by": [{"milestone": "web/launch"}],
        **more,
    }


def configured(*benefits: dict[str, Any]) -> dict[str, Any]:
    launch = {
        "id": "launch",
        "duration": "0wd",
        "commitment": "2026-07-01",
        "finished": "2026-08-15",
    }
    return {
        "timezone": "UTC",
        "programs": [
            {
                "id": "p",
                "benefits": list(benefits),
                "projects": [{"id": "web", "milestones": [launch]}],
            }
        ],
    }


@pytest.fixture
def kpi(tmp_path: Path) -> Path:
    """Give a file with one reading."""
    path = tmp_path / "kpi.csv"
    path.write_text("time,value\n2026-10-01,88\n")
    return path


@pytest.fixture
def settings(kpi: Path) -> SlipwatchSettings:
    """Give settings with a measure that is read and one that people tell."""
    measured = benefit(measure={"csv": {"path": str(kpi)}})
    told = benefit(id="B2", measure={"manual": True})
    return SlipwatchSettings.model_validate(configured(measured, told))


@pytest.fixture
def kept(sqlite_url: str) -> Generator[Store]:
    """Give an empty store."""
    with open_store(sqlite_url) as store:
        yield store


def test_a_measure_is_read_a_few_times_in_its_cadence_and_sooner_after_a_failure(
    settings: SlipwatchSettings, kept: Store, kpi: Path
) -> None:
    clock = [NOW]

    def read(after: timedelta, *, at_once: bool = False) -> list[Measured]:
        clock[0] += after
        return read_benefits(settings, kept, now=lambda: clock[0], at_once=at_once)

    hour = timedelta(hours=1)
    assert read(timedelta(0)) == [Measured(benefit=B1, readings=1)]
    assert read(23 * hour) == []
    assert read(hour) == [Measured(benefit=B1, readings=0)]
    assert read(hour, at_once=True) == [Measured(benefit=B1, readings=0)]
    kpi.unlink()
    (failed,) = read(24 * hour)
    assert failed.error is not None
    assert "there is no file" in failed.error
    assert read(hour / 2) == []
    assert read(hour / 2)[0].error == failed.error
    assert kept.fetching()[B1].failures == 2
    assert [one.value for one in kept.readings()[B1]] == [88], "a failure is no zero"
    # A clock that is set back does not keep it from being read for weeks.
    assert len(read(-100 * hour)) == 1


def test_feeds_are_new_when_a_measure_changes_or_says_something_new(
    settings: SlipwatchSettings, kept: Store, kpi: Path
) -> None:
    clock = [NOW]

    def read(after: timedelta) -> bool:
        clock[0] += after
        return read_feeds(settings, kept, now=lambda: clock[0])

    assert len(feeds_in(settings)) == 1
    assert read(timedelta(0))
    assert not read(timedelta(days=1))
    kpi.write_text("time,value\n2026-10-01,88\n2026-10-02,87\n")
    assert read(timedelta(days=1))
    assert [one.value for one in kept.readings()[B1]] == [88, 87]


def test_sync_reads_measures_and_the_scenario_comes_out_of_the_command_line(
    slipwatch: Commands, tmp_path: Path, kpi: Path
) -> None:
    write_config(tmp_path, configured(benefit(measure={"csv": {"path": kpi.name}})))

    synced = slipwatch("sync")
    assert synced.code == 0, synced.err
    assert [line.split() for line in synced.out.splitlines()[-1:]] == [[B1, "1", "ok"]]
    assessed = slipwatch("assess", "--as-of", "2026-10-01", "--format", "json")
    (found,) = json.loads(assessed.out)["programs"][0]["benefits"]
    assert found["realisation_ratio"] == pytest.approx(0.5967)
    assert found["expected_after_slip"] == pytest.approx(89.7268)
    assert found["deferred_value"] == 29589.04
    explained = slipwatch("explain", "p/web/launch")
    assert (
        "It enables Faster onboarding (p/benefit:B1): each day of delay costs 658 EUR; it is 45 "
        "days late, which defers 29,589 EUR."
    ) in explained.out
    kpi.unlink()
    failed = slipwatch("sync")
    assert failed.code == 3
    assert "there is no file" in failed.out
    assert slipwatch("sync", "--load", str(tmp_path / "none.json")).code == 2


def test_people_tell_readings_and_see_them(slipwatch: Commands, tmp_path: Path) -> None:
    told = benefit(measure={"manual": True})
    write_config(tmp_path, configured(told, benefit(id="B2", measure={"csv": {"path": "k.csv"}})))

    first = slipwatch("reading", "add", "B1", "88", "--at", "2026-10-01", "--by", "ja\x1b[31mne")
    again = slipwatch("reading", "add", "p/B1", "88", "--at", "2026-10-01")
    lower = slipwatch("reading", "add", B1, "--at", "2026-10-02", "--", "-1.5")
    assert (first.code, again.code, lower.code) == (0, 0, 0), first.err + again.err + lower.err
    assert (first.err.strip(), again.err.strip()) == (f"{B1}: added", f"{B1}: known already")
    listed = slipwatch("reading", "list").out
    rows = [line.split() for line in listed.splitlines()[1:]]
    assert [row[:5] for row in rows] == [
        [B1, "2026-10-01", "00:00", "UTC", "88"],
        [B1, "2026-10-02", "00:00", "UTC", "-1.5"],
    ]
    assert "\x1b" not in listed
    for arguments, message in (
        (("B3", "1"), "there is no benefit B3; there are: p/benefit:B1, p/benefit:B2"),
        (("B2", "1"), "p/benefit:B2 is measured by csv"),
        (("B1", "nan"), "a reading is a number"),
        (("B1", "1", "--at", "2999-01-01"), "2999-01-01 00:00 has not come yet"),
    ):
        refused = slipwatch("reading", "add", *arguments)
        assert refused.code == 2
        assert message in refused.err
    assert slipwatch("sync").code == 3
    failures = slipwatch("reading", "list", "B2", "--failures").out
    assert "there is no file" in failures


def test_the_service_reads_benefits_and_serves_them(warm: Any, tmp_path: Path, kpi: Path) -> None:
    config = configured(benefit(measure={"csv": {"path": kpi.name}}))
    write_config(tmp_path, {**config, "listen": "127.0.0.1:0"})

    with Running(warm, tmp_path) as running:
        eventually(running.is_ready)
        eventually(lambda: running.metric("slipwatch_benefit_value", program="p", benefit="B1"))
        assert (
            running.metric("slipwatch_benefit_delay_seconds", program="p", benefit="B1")
            == 45 * 86400
        )
        failures = "slipwatch_benefit_fetch_failures_total"
        assert running.metric(failures, program="p", benefit="B1") == 0
        (found,) = running.get("/api/v1/benefits").json()
        assert (found["subject"], found["value"]) == (B1, 88)
        assert running.get("/api/v1/strategy").json()["objectives"] == []
        # A file with another measure is read at once.
        (tmp_path / "new.csv").write_text("time,value\n2026-10-05,70\n")
        changed = configured(benefit(measure={"csv": {"path": "new.csv"}}))
        write_config(tmp_path, {**changed, "listen": "127.0.0.1:0"})
        assert running.post("/-/reload").status_code == 200
        eventually(
            lambda: running.metric("slipwatch_benefit_value", program="p", benefit="B1") == 70
        )
