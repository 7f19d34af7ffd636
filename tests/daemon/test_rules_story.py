"""A week of a program, with all that may become of what rules find."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from slipwatch.aggregator.assessment import FindingView
from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.pipeline import run_assessment

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
FAR, NEAR = "2026-06-01", "2026-01-14"
CORE, LAUNCH, PAPER, IDEA = (
    f"shop/{name}" for name in ("web/core", "web/launch", "web/paper", "app/idea")
)
RULE = '''
from slipwatch.rules.base import Failed, MilestoneRule, Passed


class Unowned(MilestoneRule):
    """Nobody owns the milestone."""

    id = "ACME-001"
    title = "No owner"
    severity = "low"
    at_once = True

    def judge_milestone(self, world, milestone):
        if milestone.model.owner:
            return Passed(milestone.id)
        return Failed(subject=milestone.id, message=f"{milestone.name} has no owner.")
'''


@pytest.fixture
def _acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a rule of somebody else's, as an installer would."""
    (tmp_path / "acme_story.py").write_text(RULE)
    info = tmp_path / "acme_story-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-story\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[slipwatch.rules]\nacme = acme_story:Unowned\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("acme_story", None)


class Week:
    """Assesses day by day what the file says then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def on(self, day: int, promised: str, *waivers: dict[str, str], **paper: str) -> None:
        """Assess; ``paper`` is what the file says, too, of the milestone of that name."""
        now = MONDAY + timedelta(days=day)
        found = run_assessment(
            shop(promised, *waivers, **paper), self._store, as_of=now.date(), now=now, remember=True
        ).assessment.findings
        self.found = {(one.rule, one.subject): one for one in found}

    def shown(self, rule: str, subject: str) -> FindingView:
        return self.found[rule, subject]

    def life(self, rule: str, subject: str) -> list[tuple[int, str, str, str]]:
        """Give the day, what happened, by what, and how grave it was then."""
        return [
            ((one.day - MONDAY.date()).days, one.event, one.cause, one.severity)
            for one in self._store.finding_events()
            if (one.rule, one.subject) == (rule, subject)
        ]


def shop(promised: str, *waivers: dict[str, str], **paper: str) -> SlipwatchSettings:
    core = {
        "id": "core",
        "duration": "15wd",
        "commitment": promised,
        "baseline": {"start": "2026-01-05", "finish": "2026-01-06", "duration": "2wd"},
    }
    launch = {"id": "launch", "duration": "1wd", "commitment": promised, "owner": "bo"}
    web: dict[str, Any] = {
        "id": "web",
        "rules": {"settings": {"SCH-015": {"days": 10}, "ACME-001": {"worse_after": 3}}},
        "milestones": [
            core,
            {**launch, "depends_on": [{"milestone": "core"}]},
            {"id": "paper", "duration": "1wd", "commitment": "2026-01-05", **paper},
        ],
    }
    app = {"id": "app", "milestones": [{"id": "idea", "duration": "20wd"}]}
    program = {"id": "shop", "rules": {"disable": ["GOV-001"]}, "projects": [web, app]}
    return SlipwatchSettings.model_validate(
        {
            "timezone": "UTC",
            "assess": {"trials": 100},
            "programs": [program, {"id": "other"}],
            "waivers": waivers,
        }
    )


@pytest.mark.usefixtures("_acme")
def test_findings_open_worsen_are_accepted_explained_and_closed(tmp_path: Path) -> None:
    waiver = {"rule": "SCH-003", "subject": PAPER, "approver": "dana", "reason": "known"}
    accepted = {**waiver, "approved": "2026-01-07", "expires": "2026-01-08"}
    with open_store(f"sqlite:///{tmp_path}/slipwatch.db") as store:
        week = Week(store)

        week.on(0, FAR)
        # Another package's rule, and settings of one project and one program.
        assert week.shown("ACME-001", CORE).severity == "low"
        assert ("ACME-001", LAUNCH) not in week.found
        assert ("SCH-015", CORE) in week.found
        assert ("SCH-015", IDEA) not in week.found
        assert {name for rule, name in week.found if rule == "GOV-001"} == {"other"}

        week.on(1, NEAR)
        # A date is a fact at once; a forecast that fails once may be chance.
        assert week.shown("SCH-003", PAPER).state == "open"
        assert not {CORE, LAUNCH} & {name for rule, name in week.found if rule == "SCH-001"}

        week.on(2, NEAR, accepted)
        root, late = week.shown("SCH-001", CORE), week.shown("SCH-001", LAUNCH)
        assert (root.state, late.state, late.cause) == ("open", "suppressed", root.fingerprint)
        assert week.shown("SCH-003", PAPER).state == "waived"

        week.on(4, NEAR, accepted)
        again = week.shown("SCH-003", PAPER)
        assert again.state == "open"
        assert again.message.endswith("It was accepted by dana until 2026-01-08.")
        assert week.shown("ACME-001", CORE).severity == "medium"
        assert week.shown("ACME-001", IDEA).severity == "low"

        week.on(5, FAR, finished="2026-01-10")
        assert ("SCH-003", PAPER) not in week.found
        assert ("SCH-001", CORE) in week.found

        week.on(6, FAR, finished="2026-01-10")
        assert not {CORE, LAUNCH} & {name for rule, name in week.found if rule == "SCH-001"}

        assert [one[:3] for one in week.life("SCH-003", PAPER)] == [
            (1, "opened", "date"),
            (2, "waived", "file"),
            (4, "unwaived", "date"),
            (5, "closed", "pace"),
        ]
        assert [one[:2] for one in week.life("SCH-001", LAUNCH)] == [
            (2, "opened"),
            (2, "suppressed"),
            (5, "unsuppressed"),
            (6, "closed"),
        ]
        assert [one[:2] + one[3:] for one in week.life("ACME-001", CORE)] == [
            (0, "opened", "low"),
            (4, "worsened", "medium"),
        ]


def test_nobody_may_accept_a_finding_for_more_than_ninety_days() -> None:
    waiver = {"rule": "SCH-003", "subject": PAPER, "approver": "dana", "reason": "known"}

    shop(FAR, {**waiver, "approved": "2026-01-05", "expires": "2026-04-05"})
    with pytest.raises(ValidationError, match="90 days at most"):
        shop(FAR, {**waiver, "approved": "2026-01-05", "expires": "2026-04-06"})
