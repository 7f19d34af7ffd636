"""What a report is made of: an assessment, how it was a week before, and what moved since."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.slips import Move
from slipwatch.exporters.reports.charts import pictures
from slipwatch.exporters.reports.model import EndingWaiver, Material, Picture, Snapshot
from tests.exporters.conftest import ASSESSMENT

API, LAUNCH = "checkout/payments/api-2.0", "checkout/web/launch"
WEEK_AGO = date(2026, 11, 16)
CALENDAR = WorkCalendar(range(1, 6))


def _a_week_ago(assessment: Assessment) -> Assessment:
    changed = {
        API: {"status": "green", "p85": date(2026, 12, 2), "remaining": 20},
        LAUNCH: {"status": "amber", "p85": date(2027, 1, 25), "remaining": 16},
    }
    replace = msgspec.structs.replace
    milestones = tuple(
        replace(
            view,
            status=old["status"],
            forecast=replace(
                view.forecast, p85=old["p85"], p_on_time=0.41 if view.id == LAUNCH else None
            ),
            scope=replace(view.scope, remaining=old["remaining"]),
        )
        for view in assessment.milestones
        if (old := changed.get(view.id)) is not None
    )
    return replace(
        assessment,
        as_of=WEEK_AGO,
        generated_at=datetime(2026, 11, 16, 8, 0, tzinfo=UTC),
        milestones=milestones,
        programs=tuple(
            replace(
                view, status="amber", health=view.health and replace(view.health, status="amber")
            )
            for view in assessment.programs
        ),
        findings=(
            replace(assessment.findings[1], state="open"),
            replace(
                assessment.findings[0], rule="SCH-003", fingerprint="gone", message="It is over."
            ),
        ),
    )


BEFORE = _a_week_ago(ASSESSMENT)
"""The assessment of a week ago: all was well."""


@pytest.fixture
def material(assessment: Assessment) -> Material:
    """Give what a report on the first program is made of."""
    return make_material(assessment, BEFORE)


@pytest.fixture(scope="session")
def drawn() -> tuple[Picture, ...]:
    """Draw the charts of a report, by the process that draws."""
    return pictures(make_material(ASSESSMENT, BEFORE))


@pytest.fixture
def hostile(entitle: Callable[[str, str], Assessment]) -> Callable[[str], Material]:
    """Give a function that makes a report's material in which everything is called so."""

    def make(text: str) -> Material:
        return make_material(entitle(text, "javascript:alert(1)"), BEFORE, text)

    return make


def make_material(assessment: Assessment, before: Assessment, name: str = "steering") -> Material:
    """Put material together, with a name for the audience."""
    moved = Move(
        at=datetime(2026, 11, 18, 9, tzinfo=UTC),
        old=date(2026, 11, 25),
        new=date(2026, 12, 2),
        days=5,
    )
    return Material(
        program="checkout",
        assessment=assessment,
        before=before,
        moves={API: [moved]},
        calendars=dict.fromkeys((API, LAUNCH), CALENDAR),
        trend=(
            Snapshot(day=date(2026, 11, 9), p85={LAUNCH: date(2027, 1, 14)}),
            Snapshot(day=WEEK_AGO, p85={LAUNCH: date(2027, 1, 25)}),
        ),
        ending=(EndingWaiver(rule="SCH-005", subject=name, expires=date(2026, 11, 30)),),
        audience=name,
    )
