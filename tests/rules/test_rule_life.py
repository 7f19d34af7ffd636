"""Hysteresis and the life of findings: when they open and close, and what is told of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.assessment import FindingView, Movement
from slipwatch.aggregator.store import Evaluated, FindingEvent, RuleMemory
from slipwatch.config.rules import RulesSettings, WaiverSettings
from slipwatch.rules.base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from slipwatch.rules.engine import evaluate
from slipwatch.rules.world import World

BuildWorld = Callable[[Mapping[str, Any]], World]

MONDAY = date(2026, 1, 5)
CART = "p/web/cart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook(Rule):
    """Looks into the future by what the weight of a milestone says."""

    id = "TST-001"
    title = "Outlook"
    severity = "medium"

    most: int = parameter(5, "A larger weight is a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for milestone in world.milestones:
            weight = milestone.model.weight
            if milestone.over:
                yield NotApplicable(milestone.id)
            elif weight < 0:
                yield Unknown(milestone.id, "nobody knows")
            elif weight > self.most:
                yield Failed(
                    subject=milestone.id,
                    severity="high" if weight > 100 else None,
                    message=f"weight {weight:g}",
                )
            else:
                yield Passed(milestone.id)


class Fact(Outlook):
    """States what is written down."""

    id = "TST-002"
    at_once = True


class Broken(Outlook):
    """Breaks."""

    id = "TST-001"

    def judge(self, world: World) -> Iterator[Verdict]:
        raise RuntimeError("out of order")


@dataclass
class Story:
    """Evaluations one after the other, each knowing what the one before left behind."""

    build: BuildWorld
    rules: list[type[Rule]] = field(default_factory=lambda: [Outlook])
    settings: RulesSettings = field(default_factory=RulesSettings)
    waivers: tuple[WaiverSettings, ...] = ()
    memory: RuleMemory = field(default_factory=RuleMemory)
    events: list[FindingEvent] = field(default_factory=list[FindingEvent])
    naming: str = ""
    now: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def goes(
        self,
        weight: float | None,
        *,
        later: timedelta = timedelta(minutes=5),
        movement: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> list[FindingView]:
        """Evaluate once more, so much later; without a weight there is no milestone at all."""
        self.now += later
        fields = {"weight": weight, "movement": movement, **given}
        milestones = {} if weight is None else {CART: fields}
        built = self.build({"as_of": self.now.date(), "milestones": milestones})
        assessment = msgspec.structs.replace(built.assessment, generated_at=self.now)
        told = evaluate(
            World(built.portfolio, assessment),
            self.rules,
            self.settings,
            self.waivers,
            memory=self.memory,
            naming=self.naming,
        )
        assert told.evaluated is not None
        self.remember(told.evaluated)
        return list(told.findings)

    def remember(self, evaluated: Evaluated) -> None:
        self.memory = RuleMemory(rules=evaluated.rules, states=evaluated.states)
        self.events += evaluated.events

    def told(self) -> list[tuple[str, str]]:
        """Give what happened, and by what."""
        return [(one.event, one.cause) for one in self.events]


@pytest.fixture
def story(build_world: BuildWorld) -> Story:
    return Story(build_world)


def test_what_a_rule_says_the_first_time_it_is_asked_counts_at_once(story: Story) -> None:
    assert [found.message for found in story.goes(9)] == ["weight 9"]


def test_what_is_worked_out_must_fail_twice_to_open(story: Story) -> None:
    story.goes(1)

    assert story.goes(9) == []
    assert [found.message for found in story.goes(10)] == ["weight 10"]


def test_one_failure_between_two_passes_is_chance(story: Story) -> None:
    for weight in (1, 9, 1, 9, 1):
        assert story.goes(weight) == []
    assert story.told() == []


def test_it_must_pass_twice_to_close_and_is_shown_as_it_was_until_then(story: Story) -> None:
    story.goes(9)

    assert [found.message for found in story.goes(1)] == ["weight 9"]
    assert story.goes(1) == []


def test_one_pass_between_two_failures_closes_nothing(story: Story) -> None:
    story.goes(9)
    story.goes(1)

    assert [found.message for found in story.goes(8)] == ["weight 8"]
    assert [found.message for found in story.goes(1)] == ["weight 8"]
    assert story.told() == [("opened", "data")]


def test_a_finding_is_as_old_as_its_first_failure(story: Story) -> None:
    story.goes(1)
    story.goes(9)
    (found,) = story.goes(9, later=timedelta(days=1))

    assert found.since == MONDAY


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        pytest.param(timedelta(0), False, id="the same facts again"),
        pytest.param(timedelta(seconds=59), False, id="facts of the same minute"),
        pytest.param(timedelta(seconds=60), True, id="facts a minute later"),
        pytest.param(timedelta(hours=15), True, id="another day"),
    ],
)
def test_two_evaluations_are_two_only_where_they_can_differ(
    story: Story, later: timedelta, counts: bool
) -> None:
    story.goes(1)
    story.goes(9)

    assert bool(story.goes(9, later=later)) == counts

    story.now += timedelta(hours=1)
    story.goes(9)
    assert story.goes(1)
    assert bool(story.goes(1, later=later)) != counts


def test_facts_open_and_close_at_once(build_world: BuildWorld) -> None:
    story = Story(build_world, rules=[Fact])
    story.goes(1)

    assert story.goes(9)
    assert story.goes(1) == []
    assert story.told() == [("opened", "date"), ("closed", "date")]


def test_what_a_rule_no_longer_applies_to_closes_at_once(story: Story) -> None:
    story.goes(9)

    assert story.goes(9, actual=MONDAY, closed=True) == []
    assert story.told()[-1] == ("closed", "pace")


def test_what_is_not_there_any_more_closes_at_once(story: Story) -> None:
    story.goes(9)

    assert story.goes(None) == []


def test_what_cannot_be_told_any_more_is_shown_once_more(story: Story) -> None:
    story.goes(9)

    assert [found.message for found in story.goes(-1)] == ["weight 9"]
    assert story.goes(-1) == []


def test_new_parameters_count_at_once_and_the_file_is_the_cause(story: Story) -> None:
    story.goes(9)
    story.settings = RulesSettings(settings={"TST-001": {"most": 20}})

    assert story.goes(9) == []

    story.settings = RulesSettings(settings={"TST-001": {"most": 2}})
    assert story.goes(9)
    assert story.told() == [("opened", "data"), ("closed", "file"), ("opened", "file")]


def test_what_named_people_otherwise_is_not_shown_again(story: Story) -> None:
    story.goes(9)
    story.naming = "pseudonyms"

    assert story.goes(1) == []


def test_a_disabled_rule_closes_its_findings_at_once(story: Story) -> None:
    story.goes(9)
    story.settings = RulesSettings(disable=("TST-001",))

    assert story.goes(9) == []
    assert story.told()[-1] == ("closed", "file")


def test_what_a_broken_rule_said_before_stands(story: Story) -> None:
    story.goes(9)
    story.rules = [Broken]

    assert [found.message for found in story.goes(1)] == ["weight 9"]
    assert [found.message for found in story.goes(1)] == ["weight 9"]


def test_a_change_of_severity_is_told(story: Story) -> None:
    story.goes(9)
    story.goes(101)
    story.goes(9)

    assert story.told() == [("opened", "data"), ("worsened", "data"), ("eased", "data")]
    assert [one.severity for one in story.events] == ["medium", "high", "medium"]


def test_age_makes_it_worse_once(story: Story) -> None:
    story.settings = RulesSettings(settings={"TST-001": {"worse_after": 14}})
    story.goes(9)
    assert [found.severity for found in story.goes(9, later=timedelta(days=13))] == ["medium"]
    assert [found.severity for found in story.goes(9, later=timedelta(days=1))] == ["high"]
    assert [found.severity for found in story.goes(9, later=timedelta(days=40))] == ["high"]

    assert [one.event for one in story.events] == ["opened", "worsened"]


def waiver(**given: Any) -> WaiverSettings:
    known = {"rule": "TST-001", "subject": CART, "approver": "dana", "reason": "known"}
    return WaiverSettings.model_validate({**known, "expires": MONDAY, **given})


def test_a_waiver_that_expires_opens_its_finding_again_and_both_say_so(story: Story) -> None:
    story.goes(9)
    story.waivers = (waiver(),)
    assert [found.state for found in story.goes(9)] == ["waived"]
    (found,) = story.goes(9, later=timedelta(days=1))

    assert found.state == "open"
    assert found.message == "weight 9 It was accepted by dana until 2026-01-05."
    assert story.told() == [("opened", "data"), ("waived", "file"), ("unwaived", "date")]


def test_a_waiver_that_is_taken_back_says_who_did_it(story: Story) -> None:
    story.waivers = (waiver(),)
    story.goes(9)
    story.waivers = ()
    story.goes(9)

    assert story.told() == [("opened", "data"), ("waived", "file"), ("unwaived", "file")]


def test_a_waiver_holds_from_the_day_it_was_approved(story: Story) -> None:
    story.waivers = (waiver(approved=date(2026, 1, 6), expires=date(2026, 1, 7)),)

    states = [story.goes(9, later=timedelta(days=1))[0].state for _ in range(3)]
    assert states == ["waived", "waived", "open"]

    story.waivers = (waiver(approved=date(2026, 2, 1), expires=date(2026, 2, 7)),)
    (found,) = story.goes(9)
    assert found.state == "open"
    assert "waiver" not in found.evidence
    assert "expired_waiver" not in found.evidence


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        ("pace", "pace"),
        ("scope", "scope"),
        ("upstream", "upstream"),
        ("date", "date"),
        ("calendar", "file"),
        ("model", "data"),
        ("data", "data"),
    ],
)
def test_the_largest_part_by_which_the_forecast_moved_is_the_cause(
    story: Story, part: str, cause: str
) -> None:
    parts = dict.fromkeys(("pace", "scope", "upstream", "date", "calendar", "model", "data"), 0)
    days = {"before": MONDAY, "after": MONDAY, "total": 3, **parts, "scope": 1, part: -4}
    movement = {"since": date(2025, 12, 29), "p50": days}
    assert msgspec.convert(movement, Movement).p50 is not None

    story.goes(9, movement=movement)

    assert story.told() == [("opened", cause)]


def test_a_memory_of_another_version_is_no_obstacle(story: Story) -> None:
    story.goes(9)
    (mark,) = story.memory.states
    (state,) = story.memory.states.values()
    changed = {mark: replace(state, finding={"unheard": "of"})}
    story.memory = RuleMemory(rules=story.memory.rules, states=changed)

    assert story.goes(1) == []
    assert [found.message for found in story.goes(9)] == ["weight 9"]
