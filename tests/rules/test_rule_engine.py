"""The engine: what it makes of the answers of rules."""

import gc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.assessment import RuleCount, from_json, to_json
from slipwatch.config.rules import RulesSettings, WaiverSettings
from slipwatch.rules.base import (
    Failed,
    NotApplicable,
    Passed,
    Rule,
    Unknown,
    Verdict,
    parameter,
)
from slipwatch.rules.choosing import RuleSettingsError
from slipwatch.rules.engine import Evaluation, Untold, evaluate, fingerprint
from slipwatch.rules.places import Places
from slipwatch.rules.strategy import ObjectiveUnserved
from slipwatch.rules.table import RULES
from slipwatch.rules.world import World

DATES = tuple(rule for rule in RULES if rule.id.startswith(("SCH", "DEP", "DQ", "FLOW")))
"""The rules that these small worlds are made for."""
BuildWorld = Callable[[Mapping[str, Any]], World]

AS_OF = date(2026, 1, 5)
LATE = {"commitment": date(2025, 12, 1), "forecast": {"p_on_time": 0.0}}
UNLIKELY = {
    "commitment": date(2026, 1, 16),
    "forecast": {"p_on_time": 0.3, "p50": date(2026, 1, 19), "p85": date(2026, 1, 20)},
}
MILESTONES: dict[str, Any] = {
    "p/web/cart": UNLIKELY,
    "p/id/login": {"plan": date(2026, 1, 9), "forecast": {"method": "none"}},
    "q/api/v2": LATE,
    "q/api/v1": {"actual": date(2025, 11, 3), "closed": True},
}
SOME: dict[str, Any] = {
    "milestones": MILESTONES,
    "dependencies": [{"link": "p/id/login -> p/web/cart", "need_by": date(2026, 1, 9)}],
    "sources": [{"name": "jira", "status": "failed"}],
}


def judged(
    world: World,
    *,
    settings: RulesSettings | None = None,
    waivers: tuple[WaiverSettings, ...] = (),
    since: Mapping[str, date] | None = None,
) -> Evaluation:
    return evaluate(world, DATES, settings or RulesSettings(), waivers, since or {})


def waiver(**changes: Any) -> WaiverSettings:
    return WaiverSettings.model_validate(
        {
            "rule": "SCH-001",
            "subject": "p/web/cart",
            "approver": "dana",
            "reason": "accepted by steering",
            "expires": AS_OF,
            **changes,
        }
    )


def test_findings_come_in_order_of_severity_then_rule_then_subject(build_world: BuildWorld) -> None:
    found = judged(build_world(SOME)).findings

    assert [(f.severity, f.rule, f.subject) for f in found] == [
        ("critical", "SCH-001", "q/api/v2"),
        ("critical", "SCH-003", "q/api/v2"),
        ("high", "DQ-006", "source:jira"),
        ("high", "SCH-001", "p/web/cart"),
        ("medium", "DEP-003", "p/id/login -> p/web/cart"),
        ("info", "DQ-008", "p/web/cart"),
        ("info", "DQ-008", "q/api/v2"),
    ]


def test_the_same_facts_give_the_same_findings_in_whatever_order_they_come(
    build_world: BuildWorld,
) -> None:
    backwards = {**SOME, "milestones": dict(reversed(MILESTONES.items()))}

    assert judged(build_world(SOME)) == judged(build_world(SOME))
    assert judged(build_world(SOME)) == judged(build_world(backwards))


def test_every_answer_is_counted_by_its_state(build_world: BuildWorld) -> None:
    counts = {count.rule: count for count in judged(build_world(SOME)).counts}

    assert sorted(counts) == sorted(rule.id for rule in DATES)
    assert counts["SCH-001"] == RuleCount(
        rule="SCH-001", passed=0, failed=2, unknown=0, not_applicable=2
    )
    assert counts["SCH-003"] == RuleCount(
        rule="SCH-003", passed=1, failed=1, unknown=0, not_applicable=2
    )


def test_what_cannot_be_told_is_told_with_its_reason(build_world: BuildWorld) -> None:
    (untold,) = (u for u in judged(build_world(SOME)).unknown if u.rule == "DEP-007")

    assert untold == Untold(
        "DEP-007", "p/id/login -> p/web/cart", "there is nothing to forecast it from"
    )


def test_a_finding_keeps_its_fingerprint_whatever_its_numbers_are(build_world: BuildWorld) -> None:
    better = {"milestones": {"p/web/cart": {**UNLIKELY, "forecast": {"p_on_time": 0.4}}}}
    before = judged(build_world({"milestones": {"p/web/cart": UNLIKELY}})).findings[0]
    after = judged(build_world(better)).findings[0]

    assert before.fingerprint == after.fingerprint == fingerprint("SCH-001", "p/web/cart")
    # Stored findings are known by it: a change of the hash would make every one of them new.
    assert fingerprint("SCH-001", "p/web/cart") == "87d85a2cad70c478"


def test_fingerprints_of_different_rules_and_subjects_differ() -> None:
    marks = {fingerprint(r, s) for r in ("SCH-001", "SCH-002") for s in ("p/a/b", "p/a/c")}

    assert len(marks) == 4


def test_a_finding_is_as_old_as_the_day_it_first_failed(build_world: BuildWorld) -> None:
    known = {fingerprint("SCH-001", "p/web/cart"): date(2025, 12, 29)}
    found = judged(build_world(SOME), since=known).findings

    assert {(f.subject, f.since) for f in found if f.rule == "SCH-001"} == {
        ("p/web/cart", date(2025, 12, 29)),
        ("q/api/v2", AS_OF),
    }


@pytest.mark.parametrize(
    ("rule", "subject", "program"),
    [
        pytest.param("SCH-001", "p/web/cart", "p", id="of its milestone"),
        pytest.param("DEP-007", "q/id/login -> p/web/cart", "p", id="of the one that waits"),
        pytest.param("FLOW-003", "github:acme/api#7", "p", id="of the milestone of the item"),
        pytest.param("DQ-006", "source:p", "", id="of no program for a source"),
    ],
)
def test_a_finding_belongs_to_the_program(
    build_world: BuildWorld, rule: str, subject: str, program: str
) -> None:
    blocked = {
        "source": "github",
        "key": "acme/api#7",
        "title": "",
        "url": "",
        "assignee": None,
        "blocked_since": "2025-11-03T00:00:00Z",
    }
    world = build_world(
        {
            "milestones": {
                "p/web/cart": {**UNLIKELY, "open_items": [blocked]},
                "q/id/login": {"forecast": {"p85": date(2026, 5, 4)}},
            },
            "dependencies": [{"link": "q/id/login -> p/web/cart", "need_by": date(2026, 1, 9)}],
            "sources": [{"name": "p", "status": "stale"}],
        }
    )
    (finding,) = (f for f in judged(world).findings if f.rule == rule and f.subject == subject)

    assert finding.program == program
    assert Places(world).program_of(finding.subject, finding.evidence) == program


def test_a_finding_about_an_objective_belongs_to_the_first_program_that_names_it(
    build_world: BuildWorld,
) -> None:
    objectives = [
        {"id": "growth", "title": "Grow", "weight": 5, "programs": ["q", "p"]},
        {"id": "calm", "title": "Calm", "weight": 5},
    ]
    world = build_world({"aims": {"p": {}, "q": {}}, "objectives": objectives})
    found = evaluate(world, (ObjectiveUnserved,), RulesSettings(), (), {}).findings

    assert {one.subject: one.program for one in found} == {
        "objective:growth": "q",
        "objective:calm": "",
    }


def test_a_finding_survives_the_way_through_json(build_world: BuildWorld) -> None:
    world = build_world(SOME)
    assessment = msgspec.structs.replace(world.assessment, findings=judged(world).findings)

    assert from_json(to_json(assessment)) == assessment


def test_a_disabled_rule_is_neither_asked_nor_counted(build_world: BuildWorld) -> None:
    told = judged(build_world(SOME), settings=RulesSettings(disable=("SCH-001", "DQ-006")))

    assert {"SCH-001", "DQ-006"}.isdisjoint(f.rule for f in told.findings)
    assert {"SCH-001", "DQ-006"}.isdisjoint(c.rule for c in told.counts)


def test_a_rule_that_is_not_there_may_be_disabled(build_world: BuildWorld) -> None:
    disabled = RulesSettings(disable=("OLD-001",))

    assert judged(build_world(SOME), settings=disabled) == judged(build_world(SOME))


def test_the_operators_parameter_replaces_the_default(build_world: BuildWorld) -> None:
    settings = RulesSettings(settings={"SCH-001": {"below": 0.2}})
    found = judged(build_world(SOME), settings=settings).findings

    assert [f.subject for f in found if f.rule == "SCH-001"] == ["q/api/v2"]
    assert found[0].threshold == 0.2


def test_all_mistakes_in_the_settings_are_told_at_once_each_with_what_would_be_right(
    build_world: BuildWorld,
) -> None:
    settings = RulesSettings(
        settings={
            "SCH-005": {"mvoes": 4, "moves": 2.5, "share": -0.1},
            "SCH-001": {"below": 1.5},
            "SCH-006": {"critical": 0},
            "DQ-001": {"days": 1},
            "SCH-999": {"days": 1},
        }
    )
    with pytest.raises(RuleSettingsError) as caught:
        judged(build_world(SOME), settings=settings)

    problems = dict(caught.value.problems)
    assert problems.pop(("SCH-999",)).startswith("there is no rule SCH-999; the rules are ")
    assert problems == {
        ("SCH-005", "mvoes"): "SCH-005 has no parameter mvoes; "
        "its parameters are moves, within_days, share, worse_after",
        ("SCH-005", "moves"): "SCH-005 moves: expected a whole number, got 2.5",
        ("SCH-005", "share"): "SCH-005 share: expected 0 or more, got -0.1",
        ("SCH-001", "below"): "SCH-001 below: expected a number from 0 to 1, got 1.5",
        ("SCH-006", "critical"): "SCH-006 critical: expected a number from -10000 to -1, got 0",
        ("DQ-001", "days"): "DQ-001 has no parameter days; its parameters are worse_after",
    }


def test_a_waived_finding_is_kept_and_says_who_accepted_it(build_world: BuildWorld) -> None:
    found = judged(build_world(SOME), waivers=(waiver(),)).findings
    (cart,) = (f for f in found if f.rule == "SCH-001" and f.subject == "p/web/cart")

    assert cart.state == "waived"
    assert cart.evidence["waiver"] == {
        "approver": "dana",
        "reason": "accepted by steering",
        "expires": "2026-01-05",
    }
    assert {f.state for f in found if f is not cart} == {"open"}


def test_an_expired_waiver_does_not_hold_and_the_finding_says_so(build_world: BuildWorld) -> None:
    expired = waiver(expires=date(2026, 1, 4))
    found = judged(build_world(SOME), waivers=(expired,)).findings
    (cart,) = (f for f in found if f.rule == "SCH-001" and f.subject == "p/web/cart")

    assert cart.state == "open"
    assert cart.evidence["expired_waiver"]["expires"] == "2026-01-04"
    assert "waiver" not in cart.evidence


def test_of_two_waivers_the_one_that_lasts_longer_counts(build_world: BuildWorld) -> None:
    renewed = (waiver(expires=date(2026, 3, 31)), waiver(expires=date(2026, 1, 4)))
    found = judged(build_world(SOME), waivers=renewed).findings
    (cart,) = (f for f in found if f.rule == "SCH-001" and f.subject == "p/web/cart")

    assert cart.state == "waived"
    assert cart.evidence["waiver"]["expires"] == "2026-03-31"


@pytest.mark.parametrize(
    "other",
    [{"rule": "SCH-002"}, {"subject": "p/web"}, {"subject": "cart"}, {"subject": "q/api/v2"}],
)
def test_a_waiver_holds_for_its_own_rule_and_full_subject_only(
    build_world: BuildWorld, other: dict[str, str]
) -> None:
    found = judged(build_world(SOME), waivers=(waiver(**other),)).findings

    assert {f.state for f in found if f.subject == "p/web/cart"} == {"open"}


class Broken(Rule):
    """Raises after its first answer."""

    id = "AAA-001"
    title = "Broken"
    severity = "low"

    def judge(self, world: World) -> Iterator[Verdict]:
        yield Failed(subject="p/web/cart", message="said before the end")
        raise ZeroDivisionError("a bug")


def test_a_rule_that_raises_counts_as_unknown_and_silences_no_other(
    build_world: BuildWorld,
) -> None:
    world = build_world(SOME)
    told = evaluate(world, [Broken, *DATES], RulesSettings())

    assert told.findings == judged(world).findings
    assert told.counts[0] == RuleCount(
        rule="AAA-001", passed=0, failed=0, unknown=1, not_applicable=0
    )
    (fault,) = told.errors
    assert fault.rule == "AAA-001"
    assert isinstance(fault.error, ZeroDivisionError)


class Watching(Rule):
    """Says whether the garbage collector is at work, and waits for a second evaluation."""

    id = "AAA-004"
    title = "Watching"
    severity = "low"

    def judge(self, world: World) -> Iterator[Verdict]:
        with ThreadPoolExecutor(1) as beside:
            beside.submit(evaluate, world, DATES, RulesSettings()).result()
        yield Unknown("x", "collecting" if gc.isenabled() else "at rest")


def test_the_garbage_collector_rests_while_rules_are_asked_and_only_then(
    build_world: BuildWorld,
) -> None:
    world = build_world(SOME)

    found = evaluate(world, [Watching], RulesSettings())
    assert [untold.reason for untold in found.unknown] == ["at rest"]
    assert gc.isenabled()

    with pytest.raises(RuleSettingsError):
        evaluate(world, [Watching], RulesSettings(settings={"AAA-999": {"days": 1}}))
    assert gc.isenabled()


def test_a_garbage_collector_that_was_turned_off_stays_off(build_world: BuildWorld) -> None:
    gc.disable()
    try:
        judged(build_world(SOME))
        assert not gc.isenabled()
    finally:
        gc.enable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice(Rule):
    """Answers several times for one subject, as rules on pairs of milestones may."""

    id = "AAA-002"
    title = "Twice"
    severity = "medium"

    order: int = parameter(1, "1 for the mildest answer first, -1 for the worst.", minimum=-1)

    def judge(self, world: World) -> Iterator[Verdict]:
        answers: list[Verdict] = [
            NotApplicable("x"),
            Passed("x"),
            Unknown("x", "nobody knows"),
            Failed(subject="x", message="as usual", value=9),
            Failed(subject="x", message="bad", severity="high", value=-3),
            Failed(subject="x", message="worst", severity="high", value=-7),
        ]
        yield from answers[:: self.order]


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_answers_for_one_subject_the_worst_counts(
    build_world: BuildWorld, order: int
) -> None:
    settings = RulesSettings(settings={"AAA-002": {"order": order}})
    told = evaluate(build_world({}), [Twice], settings)

    assert [f.message for f in told.findings] == ["worst"]
    assert told.counts == (
        RuleCount(rule="AAA-002", passed=0, failed=1, unknown=0, not_applicable=0),
    )


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        pytest.param(29, "high", id="not before its day"),
        pytest.param(30, "critical", id="from its day on"),
        pytest.param(300, "critical", id="and by one step only"),
    ],
)
def test_a_finding_gets_worse_once_it_has_been_open_for_long(
    build_world: BuildWorld, days: int, severity: str
) -> None:
    known = {fingerprint("SCH-001", "p/web/cart"): AS_OF - timedelta(days=days)}
    settings = RulesSettings(settings={"SCH-001": {"worse_after": 30}})
    found = judged(build_world(SOME), settings=settings, since=known).findings

    assert [f.severity for f in found if f.subject == "p/web/cart" and f.rule == "SCH-001"] == [
        severity
    ]


def test_the_worst_severity_gets_no_worse(build_world: BuildWorld) -> None:
    known = {fingerprint("SCH-001", "q/api/v2"): AS_OF - timedelta(days=300)}
    settings = RulesSettings(settings={"SCH-001": {"worse_after": 1}})
    found = judged(build_world(SOME), settings=settings, since=known).findings

    assert [f.severity for f in found if f.subject == "q/api/v2" and f.rule == "SCH-001"] == [
        "critical"
    ]
