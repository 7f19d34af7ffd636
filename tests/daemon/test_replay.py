"""A replay of a past day says what was said on that day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView, from_json
from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.pipeline import run_assessment

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
FAR, NEAR = "2026-06-01", "2026-01-16"
SAID = [FAR, NEAR, NEAR, FAR, FAR, FAR]
"""What the file promised from day to day."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/slipwatch.db") as opened:
        yield opened


def shop(commitment: str, *, rules: Any = None, **given: Any) -> SlipwatchSettings:
    launch = {"id": "launch", "duration": "15wd", "commitment": commitment}
    program: dict[str, Any] = {
        "id": "shop",
        "sponsor": "dana",
        "projects": [{"id": "web", "lead": "ana", "milestones": [launch]}],
        **given,
    }
    return SlipwatchSettings.model_validate(
        {
            "timezone": "UTC",
            "assess": {"trials": 100},
            "programs": [program],
            "rules": rules or {},
        }
    )


def on(store: Store, day: int, settings: SlipwatchSettings) -> None:
    """Assess on a day, counted from Monday."""
    now = MONDAY + timedelta(days=day)
    run_assessment(settings, store, as_of=now.date(), now=now, remember=True)


def told(assessment: Assessment) -> set[tuple[str, str, str, str, date, str]]:
    return {
        (one.rule, one.subject, one.severity, one.state, one.since, one.message)
        for one in assessment.findings
    }


def colours(assessment: Assessment) -> dict[str, str]:
    found: dict[str, str] = {view.id: view.status for view in assessment.milestones}
    places: list[ProjectView | ProgramView] = [*assessment.projects, *assessment.programs]
    for view in places:
        assert view.health is not None
        found[view.id] = view.health.status
        found |= {f"{view.id} {one.dimension}": one.status for one in view.health.dimensions}
    return found


def test_a_past_day_is_judged_as_it_was_judged_then(store: Store) -> None:
    for day, commitment in enumerate(SAID):
        on(store, day, shop(commitment))
    later = MONDAY + timedelta(days=len(SAID))
    shown: list[bool] = []

    for kept in list(store.assessments()):
        then = from_json(kept.body)
        again = run_assessment(
            shop(SAID[-1]), store, as_of=kept.day, now=later, remember=False
        ).assessment

        assert told(again) == told(then)
        assert colours(again) == colours(then)
        shown.append(any(one.rule == "SCH-001" for one in again.findings))

    # It fails on the second and third day, and passes from the fourth on.
    assert shown == [False, False, True, True, False, False]


def test_what_was_reported_was_what_people_said_then(store: Store) -> None:
    for day, colour in enumerate(("green", "green", "amber")):
        said = {"status": colour, "as_of": f"{(MONDAY + timedelta(days=day)).date()}"}
        on(store, day, shop(FAR, reported=said))

    again = run_assessment(
        shop(FAR, reported={"status": "red", "as_of": "2026-01-07"}),
        store,
        as_of=date(2026, 1, 6),
        now=MONDAY + timedelta(days=9),
        remember=False,
    ).assessment
    reported = again.programs[0].reported

    assert reported is not None
    assert (reported.status, reported.on) == ("green", MONDAY.date())


def test_a_day_that_was_not_seen_is_judged_by_itself(store: Store) -> None:
    on(store, 0, shop(FAR))
    on(store, 3, shop(NEAR))
    on(store, 4, shop(NEAR))

    now = MONDAY + timedelta(days=9)
    seen, unseen = (
        run_assessment(
            shop(NEAR), store, as_of=(MONDAY + timedelta(days=day)).date(), now=now, remember=False
        ).assessment
        for day in (3, 7)
    )

    assert "SCH-001" not in {one.rule for one in seen.findings}
    assert "SCH-001" in {one.rule for one in unseen.findings}


def test_other_parameters_than_those_of_that_day_count_at_once(store: Store) -> None:
    for day in range(2):
        on(store, day, shop("2026-03-02"))
    stricter = shop("2026-03-02", rules={"settings": {"SCH-015": {"days": 10}}})

    again = run_assessment(
        stricter, store, as_of=MONDAY.date(), now=MONDAY + timedelta(days=9), remember=False
    ).assessment

    assert "SCH-015" in {one.rule for one in again.findings}
