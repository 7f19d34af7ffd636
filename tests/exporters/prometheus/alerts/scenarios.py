"""What every alert does: when it fires and says what, when it does not yet, and over a restart.

The tests that promtool runs are written from these tables, beside this file, by make docs. Times
are minutes; days begin with 1970, since that is where promtool's clock starts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.table import all_alerts

HERE = Path(__file__).parent
SUMMARIES = {alert.name: alert.summary for alert in all_alerts(Policy())}
RULES = "../../../../exporters/prometheus/alerts/shipped"
GROUPS = (
    "slipwatch.rules",
    "slipwatch.commitments",
    "slipwatch.dependencies",
    "slipwatch.forecasts",
    "slipwatch.governance",
    "slipwatch.money",
    "slipwatch.benefits",
    "slipwatch.reported",
    "slipwatch.service",
)
DAY = 24 * 60
RUNBOOKS = "https://slipwatch.example/docs/runbooks"

TARGET = 'job="slipwatch",instance="10.0.0.7:10870"'
LAUNCH = 'program="checkout",project="checkout/web",milestone="checkout/web/launch"'
LOGIN = 'program="platform",project="platform/identity",milestone="platform/identity/login"'
Series = Mapping[str, float | str]
"""Samples by series without labels of the target; text is in promtool's notation."""

BASE: Series = {
    f'slipwatch_milestone_info{{{LAUNCH},title="Launch",'
    'url="https://github.com/acme/web/milestone/3",milestone_owner="dana"}': 1,
    f'slipwatch_milestone_info{{{LOGIN},title="Login <b>2.0</b> @channel",'
    'url="javascript:alert(1)",milestone_owner=""}': 1,
    f"slipwatch_milestone_weight{{{LAUNCH}}}": 1,
    f"slipwatch_milestone_commitment_timestamp_seconds{{{LAUNCH}}}": 20 * 86400,
    f'slipwatch_milestone_root_cause_info{{{LAUNCH},root_cause="platform/identity/login"}}': 1,
    'slipwatch_slip_path_info{cause="platform/identity/login",milestone="checkout/web/launch",'
    'path="platform/identity/login → checkout/web/launch"}': 1,
}
"""A launch that waits for the login of another program, and nothing wrong with it."""

LAUNCH_IS = "Launch (checkout/web/launch, owner dana)"
LOGIN_IS = "Login b2.0/b channel (platform/identity/login)"
BECAUSE = (
    f" Most of it comes from {LOGIN_IS}, by way of platform/identity/login → checkout/web/launch."
)
PAGE = " https://github.com/acme/web/milestone/3"
LABELS = {
    "job": "slipwatch",
    "program": "checkout",
    "project": "checkout/web",
    "milestone": "checkout/web/launch",
    "root_cause": "platform/identity/login",
    "severity": "warning",
}


TIE = "platform/identity/login -> checkout/web/launch"


def finding(rule: str, subject: str = "checkout/web/launch") -> str:
    """Name the series of an open finding."""
    return (
        f'slipwatch_finding_info{{program="checkout",rule="{rule}",severity="high",'
        f'subject="{subject}"}}'
    )


def waiver(rule: str, subject: str = "checkout/web/launch") -> Series:
    """Give the series of a finding that is waived."""
    return {
        f'slipwatch_finding_waived_info{{program="checkout",rule="{rule}",subject="{subject}"}}': 1
    }


def found(rule: str, subject: str = "checkout/web/launch") -> dict[str, str]:
    """Give the labels of an alert about a finding: it does not know the project."""
    known = {name: value for name, value in LABELS.items() if name != "project"}
    return {**known, "rule": rule, "subject": subject}


BENEFIT = "checkout/benefit:B1"
OF_BENEFIT = '{program="checkout",benefit="B1"}'
IN_EUROS = '{program="checkout",benefit="B1",currency="EUR"}'
BENEFIT_INFO = (
    'slipwatch_benefit_info{program="checkout",benefit="B1",title="Faster <b>onboarding</b>",'
    'unit="days",benefit_owner="jane",kind="benefit",objective="growth"}'
)
BENEFIT_IS = "Faster bonboarding/b (checkout/benefit:B1, owner jane)"


def of_benefit(rule: str) -> dict[str, str]:
    """Give the labels of an alert about a finding of a benefit."""
    return {
        "job": "slipwatch",
        "program": "checkout",
        "benefit": "B1",
        "rule": rule,
        "subject": BENEFIT,
        "severity": "warning",
    }


POAM = "checkout/control:CMMC-AC.L2-3.1.12"
EVIDENCE_ENDS = 'slipwatch_evidence_valid_until_timestamp_seconds{program="checkout"}'
REPORT_DUE = 'slipwatch_report_due_timestamp_seconds{program="checkout",audience="steering"}'


def of_source(name: str) -> dict[str, str]:
    """Give the labels of an alert about a source."""
    return {"job": "slipwatch", "source": name, "severity": "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One alert: what makes it fire, what nearly does, and what must not."""

    alert: str
    part: str = ""
    """Tells several scenarios of one alert apart."""
    fires: Series
    edges: tuple[Series, ...]
    """Each on top of what makes it fire: silent, but only just."""
    silent: tuple[Series, ...]
    """Each on top of what makes it fire: silent for a reason."""
    at: int
    """When it fires at the earliest."""
    labels: Mapping[str, str]
    description: str
    kept: int
    """For how long it stays when its reason is gone."""
    outage: int = 60
    """How long slipwatch may be away without the alert ending."""
    step: int = 10
    since: int = 0
    """When its reason begins."""
    base: Series = field(default_factory=lambda: BASE)


def series(samples: Series, step: int, end: int, away: range = range(0)) -> list[dict[str, str]]:
    """Write series for promtool, with a target that is away for a while."""

    def values(sample: float | str) -> str:
        if isinstance(sample, str):
            return sample
        if not away:
            return f"{sample}+0x{end // step}"
        gone = len(away) // step
        before, after = away.start // step - 1, (end - away.stop) // step
        return f"{sample}+0x{before} stale _x{gone - 1} {sample}+0x{after}"

    return [
        {
            "series": name.replace("{", f"{{{TARGET},", 1)
            if "{" in name
            else f"{name}{{{TARGET}}}",
            "values": values(sample),
        }
        for name, sample in samples.items()
    ]


def expectation(scenario: Scenario, minute: int, *, fires: bool) -> dict[str, Any]:
    """Say what promtool has to find at a time."""
    alert = {
        "exp_labels": dict(scenario.labels),
        "exp_annotations": {
            "summary": SUMMARIES[scenario.alert],
            "description": scenario.description,
            "runbook_url": f"{RUNBOOKS}/{scenario.alert}.md",
        },
    }
    return {
        "eval_time": f"{minute}m",
        "alertname": scenario.alert,
        "exp_alerts": [alert] if fires else [],
    }


def written_tests(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Write the tests of one alert."""
    step, at = scenario.step, scenario.at
    bad = {**scenario.base, **scenario.fires}

    def test(name: str, samples: list[dict[str, str]], *expected: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "interval": f"{step}m",
            "input_series": samples,
            "alert_rule_test": list(expected),
        }

    waits = at > scenario.since
    yield test(
        "fires when its reason has lasted",
        series(bad, step, at),
        *([expectation(scenario, at - step, fires=False)] if waits else []),
        expectation(scenario, at, fires=True),
    )
    for name, changes in (
        ("stays silent at the boundary", scenario.edges),
        ("stays silent for a reason", scenario.silent),
    ):
        for change in changes:
            samples = series({**bad, **change}, step, at)
            yield test(name, samples, expectation(scenario, at, fires=False))
    if scenario.kept:
        away = range(at + step, at + step + scenario.outage)
        yield test(
            "stays over a restart",
            series(bad, step, away.stop + 3 * step, away),
            expectation(scenario, away.start + step, fires=True),
            expectation(scenario, away.stop - step, fires=True),
            expectation(scenario, away.stop + step, fires=True),
        )
        gone = range(at + step, at + 2 * step + scenario.kept + step)
        yield test(
            "ends when its reason stays away",
            series(bad, step, gone.stop, gone),
            expectation(scenario, at + scenario.kept, fires=True),
            expectation(scenario, gone.stop - step, fires=False),
        )


QUALITY = 'slipwatch_program_schedule_quality_ratio{program="checkout"}'
CHECKS = 'slipwatch_program_schedule_checks{program="checkout"'
CHECK = 'slipwatch_program_schedule_check_passed{program="checkout"'
M = "slipwatch_milestone_"
COMMITMENT = f"{M}commitment_timestamp_seconds{{{LAUNCH}}}"
PLAN = f"{M}plan_timestamp_seconds{{{LAUNCH}}}"
EXPECTED = f'{M}forecast_timestamp_seconds{{{LOGIN},quantile="0.5"}}'
CHANCE = f"{M}on_time_probability{{{LAUNCH}}}"
LATE = f'{M}slip_workdays{{{LAUNCH},against="commitment"}}'
MOVED_BY = f"{M}forecast_movement_workdays{{{LAUNCH},part="
LATER = f'{M}date_moves_total{{{LAUNCH},direction="later"}}'
DONE: Series = {f"{M}completed_timestamp_seconds{{{LAUNCH}}}": 86400}
HEAVY: Series = {f"{M}weight{{{LAUNCH}}}": 5}
IMPACT = (
    'slipwatch_slip_impact_workdays{cause="platform/identity/login",'
    'milestone="checkout/web/launch"}'
)
OWN_PROJECT_IMPACT = (
    'slipwatch_slip_impact_workdays{cause="checkout/web/cart",milestone="checkout/web/launch"}'
)
WHOLE_CAUSE = {
    "job": "slipwatch",
    "program": "checkout",
    "root_cause": "platform/identity/login",
    "severity": "critical",
}


MONEY = '{program="checkout",currency="EUR"}'
END = f"slipwatch_program_estimate_at_completion{MONEY}"
BUDGET = f"slipwatch_program_budget_at_completion{MONEY}"
EARNED = f"slipwatch_program_earned_value{MONEY}"
SPENT = f"slipwatch_program_actual_cost{MONEY}"
OF_MONEY = {"job": "slipwatch", "program": "checkout", "currency": "EUR", "severity": "warning"}

CALIBRATION_LOST = 'slipwatch_forecast_calibration_lost{program="checkout"}'


def many(number: int) -> Series:
    """Give commitments that one slip hits, the first by a day, the second by two, and so on."""
    found: dict[str, float | str] = {}
    for days in range(1, number + 1):
        name = f"checkout/web/step-{days}"
        step = f'program="checkout",project="checkout/web",milestone="{name}"'
        found |= {
            f'{M}info{{{step},title="Step {days}",url="",milestone_owner=""}}': 1,
            f"{M}commitment_timestamp_seconds{{{step}}}": 20 * 86400,
            f"{M}on_time_probability{{{step}}}": 0.1,
            IMPACT.replace("checkout/web/launch", name): days,
        }
    return found


SCENARIOS = (
    Scenario(
        alert="SlipwatchSlipReachesCommitment",
        fires={IMPACT: 6, CHANCE: 0.18, **HEAVY},
        edges=({IMPACT: 2}, {CHANCE: 0.85}),
        silent=(
            DONE,
            waiver("DEP-010", "platform/identity/login"),
            {IMPACT: "_", OWN_PROJECT_IMPACT: 6},
        ),
        step=30,
        at=60,
        labels=WHOLE_CAUSE,
        description=f"{LOGIN_IS} slips, and makes these commitments of checkout later:\n"
        f"- {LAUNCH_IS} by 6 working days: committed for 1970-01-20, chance to keep it "
        "18 %, by way of platform/identity/login → checkout/web/launch\n"
        "Talk to its owner first: a day won there is a day won for all of them.",
        kept=DAY,
    ),
    Scenario(
        alert="SlipwatchSlipReachesCommitment",
        part="s",
        fires={
            **many(12),
            CHANCE.replace("checkout/web/launch", "checkout/web/step-12"): "_",
            CHANCE.replace("checkout/web/launch", "checkout/web/step-11"): 0.002,
        },
        edges=(),
        silent=(),
        step=30,
        at=60,
        labels={**WHOLE_CAUSE, "severity": "warning"},
        description=f"{LOGIN_IS} slips, and makes these commitments of checkout later:\n"
        + "".join(
            f"- Step {days} (checkout/web/step-{days}) by {days} working days: committed for "
            f"1970-01-20, chance to keep it {chance}\n"
            for days, chance in zip(
                range(12, 2, -1), ("unknown", "less than 1 %", *["10 %"] * 8), strict=True
            )
        )
        + "- and 2 more\n"
        "Talk to its owner first: a day won there is a day won for all of them.",
        kept=0,
    ),
    Scenario(
        alert="SlipwatchCommitmentMissed",
        fires={COMMITMENT: 3600, **HEAVY},
        edges=({COMMITMENT: 3600 + 600},),
        silent=(DONE, waiver("SCH-003")),
        since=60,
        at=130,
        labels={**LABELS, "severity": "critical"},
        description=f"{LAUNCH_IS} was committed for 1969-12-31 and is still open.{BECAUSE} "
        "Renew the commitment with those who wait for it, or close the milestone if it is done."
        + PAGE,
        kept=120,
    ),
    Scenario(
        alert="SlipwatchCommitmentUnlikely",
        fires={CHANCE: 0.49, LATE: 1},
        edges=({CHANCE: 0.5},),
        silent=({COMMITMENT: 60}, DONE, waiver("SCH-001")),
        step=30,
        at=120,
        labels=LABELS,
        description=f"{LAUNCH_IS} is committed for 1970-01-20 and kept with a probability of "
        f"49 %; in half of all cases it is at least 1 working day late.{BECAUSE}{PAGE}",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchCommitmentUnknown",
        fires={f'{M}status{{{LAUNCH},status="grey"}}': 1},
        edges=({f'{M}status{{{LAUNCH},status="grey"}}': 0},),
        silent=(DONE, {COMMITMENT: 60}),
        at=120,
        labels=LABELS,
        description=f"{LAUNCH_IS} is committed for 1970-01-20, and its status is unknown: its "
        f"data is old, out of reach, or does not suffice for a forecast.{PAGE}",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchMilestoneOverdue",
        fires={PLAN: 3600},
        edges=({PLAN: 3600 + 600},),
        silent=(DONE, {COMMITMENT: 3600}),
        since=60,
        at=130,
        labels=LABELS,
        description=f"{LAUNCH_IS} was planned for 1969-12-31 and is still open. Give it a "
        f"date that somebody believes, or close it.{BECAUSE}{PAGE}",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchFloatUsedUp",
        fires={f"{M}float_workdays{{{LAUNCH}}}": 0, PLAN: 21 * 86400},
        edges=({f"{M}float_workdays{{{LAUNCH}}}": 1},),
        silent=(DONE, waiver("SCH-006")),
        step=30,
        at=120,
        labels={**LABELS, "severity": "info"},
        description=f"{LAUNCH_IS}, planned for 1970-01-21, has a float of 0 working days: every "
        f"further day it takes makes a commitment later.{BECAUSE}{PAGE}",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchScopeGrown",
        fires={
            f"{M}baseline_items{{{LAUNCH}}}": 20,
            f'{M}scope_changes{{{LAUNCH},change="added"}}': 8,
            f'{M}scope_changes{{{LAUNCH},change="removed"}}': 3,
        },
        edges=({f'{M}scope_changes{{{LAUNCH},change="removed"}}': 4},),
        silent=(DONE, {f"{M}baseline_items{{{LAUNCH}}}": 0}),
        step=30,
        at=120,
        labels={**LABELS, "severity": "info"},
        description=f"{LAUNCH_IS}, planned for an unknown day, has 25 % more items than in its "
        f"baseline. Decide what of that has to be in it.{PAGE}",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchCalibrationLost",
        fires={
            'slipwatch_forecast_coverage_ratio{program="checkout",quantile="0.5"}': 0.3,
            'slipwatch_forecast_coverage_ratio{program="checkout",quantile="0.85"}': 0.6,
            'slipwatch_forecast_coverage_milestones{program="checkout"}': 15,
            CALIBRATION_LOST: 1,
            CALIBRATION_LOST.replace("checkout", "platform"): 0,
        },
        edges=({CALIBRATION_LOST: 0},),
        silent=({CALIBRATION_LOST: "_"},),
        at=60,
        labels={"job": "slipwatch", "program": "checkout", "severity": "warning"},
        description="P85 of the forecasts of checkout held for 60 % of its 15 finished milestones, "
        "where it should hold for 85 %: take its days for too early, and its chances for too high.",
        kept=120,
    ),
    *(
        Scenario(
            alert=alert,
            fires={finding(rule, subject): 1},
            edges=({finding(rule, subject): "_", finding(other, subject): 1},),
            silent=({finding(rule, subject): "_", **waiver(rule, subject)},),
            at=60,
            labels={
                "job": "slipwatch",
                "program": "checkout",
                "rule": rule,
                "subject": subject,
                "severity": "warning",
            },
            description=description,
            kept=120,
        )
        for alert, rule, other, subject, description in (
            (
                "SlipwatchRiskUnattended",
                "RISK-001",
                "RISK-002",
                "checkout/risk:R1 @channel",
                (
                    "risk:R1 channel of checkout is a high risk, and nobody makes it smaller or "
                    "has accepted it for a time (RISK-001). Name somebody."
                ),
            ),
            (
                "SlipwatchGateNotApproved",
                "GOV-003",
                "GOV-009",
                "checkout/gate:G2",
                (
                    "gate:G2 of checkout waits for its decision, or work behind it has begun "
                    "without one (GOV-003). Have it decided, or stop that work."
                ),
            ),
            (
                "SlipwatchPromiseChanged",
                "GOV-008",
                "GOV-003",
                "checkout/web/launch",
                (
                    "The commitment or the baseline of web/launch in checkout was changed or taken "
                    "out without an approval (GOV-008). Put it back, or have it approved."
                ),
            ),
            (
                "SlipwatchPlanOfActionRunsOut",
                "CMP-003",
                "CMP-001",
                "checkout/control:CMMC-AC.L2-3.1.12",
                (
                    "control:CMMC-AC.L2-3.1.12 of checkout is still in the plan of action and "
                    "milestones. A conditional CMMC status ends 180 days after its date."
                ),
            ),
            (
                "SlipwatchEvidenceMissing",
                "CMP-001",
                "CMP-003",
                "checkout/control:CMMC-AC.L2-3.1.1",
                (
                    "control:CMMC-AC.L2-3.1.1 of checkout: evidence is missing, out of date, or "
                    "not independent (CMP-001). slipwatch shows gaps; it certifies nothing."
                ),
            ),
        )
    ),
    Scenario(
        alert="SlipwatchPlanOfActionRunsOut",
        part="Clock",
        fires={finding("CMP-003", POAM): 1, 'slipwatch_poam_clock_days{program="checkout"}': 164},
        edges=({finding("CMP-003", POAM): "_"},),
        silent=({finding("CMP-003", POAM): "_", **waiver("CMP-003", POAM)},),
        at=60,
        labels={
            "job": "slipwatch",
            "program": "checkout",
            "rule": "CMP-003",
            "subject": POAM,
            "severity": "warning",
        },
        description="control:CMMC-AC.L2-3.1.12 of checkout is still in the plan of action and "
        "milestones, whose clock has run 164 days at the most. A conditional CMMC status ends 180 "
        "days after its date.",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchEvidenceExpiring",
        fires={EVIDENCE_ENDS: 10 * 86400},
        edges=({EVIDENCE_ENDS: 31 * 86400},),
        silent=({EVIDENCE_ENDS: "_"},),
        at=60,
        labels={"job": "slipwatch", "program": "checkout", "severity": "warning"},
        description="Evidence of checkout counts until 1970-01-10 only. Have it reviewed again "
        "before that.",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchBudgetOverrun",
        fires={END: 330_000, BUDGET: 300_000},
        edges=({END: 329_999},),
        silent=({END: "_"}, {BUDGET: "_"}),
        step=30,
        at=120,
        labels=OF_MONEY,
        description="checkout will cost 330000 EUR in the end if the rest costs as the past did; "
        "its budget is 300000 EUR. Decide what is left out, or who pays for it.",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchCostInefficient",
        fires={EARNED: 89_900, SPENT: 100_000},
        edges=({EARNED: 90_000},),
        silent=({SPENT: 0}, {SPENT: "_"}, {EARNED: "_"}),
        step=30,
        at=120,
        labels=OF_MONEY,
        description="checkout has spent 100000 EUR on work worth 89900 EUR: each EUR has earned "
        "0.90.",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchBenefitLate",
        fires={
            finding("BEN-004", BENEFIT): 1,
            BENEFIT_INFO: 1,
            "slipwatch_benefit_delay_seconds" + OF_BENEFIT: 45 * 86400,
            "slipwatch_benefit_deferred_value" + IN_EUROS: 29589.04,
            "slipwatch_benefit_delay_cost_per_day" + IN_EUROS: 657.53,
        },
        edges=({finding("BEN-004", BENEFIT): "_"},),
        silent=({finding("BEN-004", BENEFIT): "_", **waiver("BEN-004", BENEFIT)},),
        at=60,
        labels=of_benefit("BEN-004"),
        description=f"{BENEFIT_IS} is held up by 45 days by the milestones that enable it, which "
        "defers 29589 EUR; each further day costs 658 EUR. Its owner should know; slipwatch "
        "explain tells what makes them late.",
        kept=12 * 60,
    ),
    Scenario(
        alert="SlipwatchBenefitStale",
        fires={
            finding("BEN-002", BENEFIT): 1,
            BENEFIT_INFO: 1,
            "slipwatch_benefit_reading_timestamp_seconds" + OF_BENEFIT: 10 * 86400,
        },
        edges=({finding("BEN-002", BENEFIT): "_"},),
        silent=({finding("BEN-002", BENEFIT): "_", **waiver("BEN-002", BENEFIT)},),
        at=60,
        labels=of_benefit("BEN-002"),
        description=f"{BENEFIT_IS} was last measured on 1970-01-11: nobody can tell whether it "
        "comes. Mend its measure, or tell its value with slipwatch reading add.",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchDependencyViolated",
        fires={finding("DEP-002", TIE): 1, PLAN: 10 * 86400, EXPECTED: 12 * 86400},
        edges=({finding("DEP-002", TIE): "_"},),
        silent=({finding("DEP-002", TIE): "_", **waiver("DEP-002", TIE)},),
        at=60,
        labels=found("DEP-002", TIE),
        description=f"{LAUNCH_IS} is planned for 1970-01-10 and waits for {LOGIN_IS}, which is "
        f"expected on 1970-01-12: too late.{BECAUSE} Bring both ends together, and change one of "
        f"the two dates.{PAGE}",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchDependencyCircular",
        fires={finding("DEP-004"): 1},
        edges=({finding("DEP-004"): "_", finding("DEP-010"): 1},),
        silent=({finding("DEP-004"): "_", **waiver("DEP-004")},),
        at=60,
        labels=found("DEP-004"),
        description=f"{LAUNCH_IS} and others wait for one another, so that none of them can be "
        f"planned or forecast apart.{PAGE}",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchDependencyUnconfirmed",
        fires={finding("DEP-006"): 1, PLAN: 21 * 86400},
        edges=({finding("DEP-006"): "_", finding("DEP-003", TIE): 1},),
        silent=({finding("DEP-006"): "_", **waiver("DEP-006")},),
        at=60,
        labels=found("DEP-006"),
        description=f"{LAUNCH_IS} comes from outside, and its date of 1970-01-21 was not confirmed "
        f"for weeks, or never given. Ask for it, and write down what you hear.{PAGE}",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchForecastSlipping",
        fires={LATE: "0x41 6x20", MOVED_BY + '"scope"}': 4, MOVED_BY + '"upstream"}': 2},
        edges=({LATE: "0x41 4x20"}, {LATE: "0x42 6x20"}),
        silent=(DONE, {COMMITMENT: 60}, {LATE: "6x29 0x11 6x10"}),
        step=240,
        since=7 * DAY,
        at=7 * DAY + 240,
        labels=LABELS,
        description=f"The forecast of {LAUNCH_IS} moved by 6 working days within a week; it is "
        "committed for 1970-01-20; in half of all cases it is at least 6 working days late. "
        "In working days: scope +4, upstream +2."
        f"{BECAUSE}{PAGE}",
        kept=12 * 60,
        outage=480,
    ),
    Scenario(
        alert="SlipwatchDateMovedSilently",
        fires={LATER: "0x5 1x40", PLAN: 21 * 86400},
        edges=({PLAN: 20 * 86400}, {LATER: "0x6 1x40"}),
        silent=({LATER: "1x40"}, DONE, waiver("SCH-005")),
        since=60,
        at=60,
        labels=LABELS,
        description=f"The date of {LAUNCH_IS} was moved to 1970-01-21 in the tracker within the "
        "last day; the commitment still says 1970-01-20. Tell those who plan with it." + PAGE,
        kept=120,
    ),
    Scenario(
        alert="SlipwatchDown",
        base={},
        fires={"up": 0},
        edges=({"up": "1x0 0x20"},),
        silent=({"up": "1x0 0x1 1x20"},),
        step=5,
        at=15,
        labels={"job": "slipwatch", "severity": "critical"},
        description="No slipwatch of the job slipwatch has answered Prometheus for 15 minutes. "
        "Nothing is watched meanwhile, and no other alert can fire.",
        kept=0,
    ),
    Scenario(
        alert="SlipwatchSourceStale",
        base={},
        fires={'slipwatch_source_last_success_timestamp_seconds{source="jira"}': 7200 - 86400},
        edges=({'slipwatch_source_last_success_timestamp_seconds{source="jira"}': 7800 - 86400},),
        silent=({'slipwatch_source_last_success_timestamp_seconds{source="jira"}': "_"},),
        since=130,
        at=150,
        labels=of_source("jira"),
        description="The source jira was last read without an error on 1969-12-31 02:00 UTC. "
        "Its milestones are grey.",
        kept=30,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchSourceFailing",
        base={},
        fires={'slipwatch_source_up{source="jira"}': 0},
        edges=({'slipwatch_source_up{source="jira"}': "1x0 0x20"},),
        silent=({'slipwatch_source_up{source="jira"}': 1},),
        at=30,
        labels=of_source("jira"),
        description="The syncs of the source jira have failed for half an hour. "
        "What is shown of it grows old.",
        kept=30,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchRateLimitNearlyUsedUp",
        base={},
        fires={'slipwatch_source_rate_limit_remaining{source="github"}': 99},
        edges=({'slipwatch_source_rate_limit_remaining{source="github"}': 100},),
        silent=({'slipwatch_source_rate_limit_remaining{source="github"}': "0x1 5000x20"},),
        step=5,
        at=15,
        labels=of_source("github"),
        description="The source github has 99 requests left before its rate limit. slipwatch then "
        "leaves it alone until the limit is renewed.",
        kept=15,
        outage=10,
    ),
    Scenario(
        alert="SlipwatchAssessmentFailing",
        base={},
        fires={"slipwatch_assessment_failures_total": "0x5 3x4 _x100"},
        edges=({"slipwatch_assessment_failures_total": "0x5 2x20"},),
        silent=({"slipwatch_assessment_failures_total": "3x100"},),
        since=60,
        at=70,
        labels={"job": "slipwatch", "severity": "warning"},
        description="Assessments have failed 3 times or more within an hour. The last one that "
        "worked stays on show.",
        kept=60,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchAssessmentStale",
        base={},
        fires={"slipwatch_assessment_timestamp_seconds": 3600 - 7200},
        edges=({"slipwatch_assessment_timestamp_seconds": 4200 - 7200},),
        silent=({"slipwatch_assessment_timestamp_seconds": "_"},),
        since=70,
        at=90,
        labels={"job": "slipwatch", "severity": "warning"},
        description="The last assessment was made on 1969-12-31 23:00 UTC. What is shown, and "
        "every alert about a milestone, is as old.",
        kept=30,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchNoData",
        base={},
        fires={"up": 1},
        edges=({"up": "0x2 1x20"},),
        silent=({"up": 0}, {"up": "_"}, BASE),
        at=60,
        labels={"job": "slipwatch", "severity": "warning"},
        description="The slipwatch of the job slipwatch has answered for an hour without showing a "
        "single milestone. No alert about a milestone can fire.",
        kept=30,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchNotificationsGivenUp",
        base={},
        fires={'slipwatch_notifications_dead{channel="pm-mail"}': 2},
        edges=({'slipwatch_notifications_dead{channel="pm-mail"}': "0x0 2x20"},),
        silent=({'slipwatch_notifications_dead{channel="pm-mail"}': 0},),
        step=5,
        at=5,
        labels={"job": "slipwatch", "channel": "pm-mail", "severity": "warning"},
        description="2 of the notifications for the channel pm-mail were given up. Nobody is told "
        "of what they say unless somebody tries them again.",
        kept=15,
        outage=10,
    ),
    Scenario(
        alert="SlipwatchNotificationsFailing",
        base={},
        fires={'slipwatch_notification_failures_total{channel="pm-mail"}': "0x5 3x4 _x100"},
        edges=({'slipwatch_notification_failures_total{channel="pm-mail"}': "0x5 2x20"},),
        silent=({'slipwatch_notification_failures_total{channel="pm-mail"}': "3x100"},),
        since=60,
        at=70,
        labels={"job": "slipwatch", "channel": "pm-mail", "severity": "warning"},
        description="The channel pm-mail has failed 3 times or more within an hour. What slipwatch "
        "has to say there waits, and is given up in the end.",
        kept=90,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchScheduleUnsound",
        base={},
        fires={
            QUALITY: 0.49,
            f'{CHECKS},standard="dcma",result="passed"}}': 3,
            f'{CHECKS},standard="dcma",result="failed"}}': 4,
            f'{CHECKS},standard="gao",result="failed"}}': 1,
            f'{CHECKS},standard="gao",result="unknown"}}': 9,
            f'{CHECK},standard="gao",point="05",check="Trace horizontally and vertically"}}': 0,
            f'{CHECK},standard="dcma",point="01",check="Logic"}}': 0,
            f'{CHECK},standard="dcma",point="02",check="Leads"}}': 1,
        },
        edges=({QUALITY: 0.5}, {f'{CHECKS},standard="gao",result="failed"}}': 0}),
        silent=({QUALITY: "_"},),
        at=120,
        labels={"job": "slipwatch", "program": "checkout", "severity": "warning"},
        description="checkout passes 49% of the schedule checks that apply. It fails: Logic (DCMA "
        "01), Trace horizontally and vertically (GAO 05). Mend the schedule before its dates are "
        "believed.",
        kept=12 * 60,
        step=30,
    ),
    Scenario(
        alert="SlipwatchStatusTooGood",
        base={},
        fires={
            finding("GOV-005", "checkout/web"): 1,
            'slipwatch_project_reported_status{program="checkout",project="checkout/web",'
            'status="green"}': 1,
            'slipwatch_project_reported_status{program="checkout",project="checkout/web",'
            'status="red"}': 0,
        },
        edges=({finding("GOV-005", "checkout/web"): "_"},),
        silent=(
            {
                finding("GOV-005", "checkout/web"): "_",
                finding("GOV-001", "checkout/web"): 1,
            },
            {
                finding("GOV-005", "checkout/web"): "_",
                **waiver("GOV-005", "checkout/web"),
            },
        ),
        at=60,
        labels={
            "job": "slipwatch",
            "program": "checkout",
            "rule": "GOV-005",
            "subject": "checkout/web",
            "severity": "warning",
        },
        description="What is reported of checkout/web is better than what its dates, cost, scope "
        "and benefits say. It is reported green. Talk about the reasons of the finding: either the "
        "report is too good, or the data misses something.",
        kept=120,
    ),
    Scenario(
        alert="SlipwatchReportOverdue",
        base={},
        fires={REPORT_DUE: 7200 - 14_400},
        edges=({REPORT_DUE: 7800 - 14_400},),
        silent=({REPORT_DUE: 600_000}, {REPORT_DUE: "_"}),
        since=130,
        at=150,
        labels={
            "job": "slipwatch",
            "program": "checkout",
            "audience": "steering",
            "severity": "warning",
        },
        description="The report on checkout to steering was due more than 4 hours ago, and has "
        "not been written.",
        kept=30,
        outage=20,
    ),
    Scenario(
        alert="SlipwatchConfigReloadFailed",
        base={},
        fires={"slipwatch_config_last_reload_successful": 0},
        edges=({"slipwatch_config_last_reload_successful": "1x0 0x20"},),
        silent=({"slipwatch_config_last_reload_successful": 1},),
        step=5,
        at=5,
        labels={"job": "slipwatch", "severity": "warning"},
        description="The last reload of slipwatch.yaml failed; the settings from before stay in "
        "force. Commitments and waivers that were changed since do not count yet.",
        kept=15,
        outage=10,
    ),
)


def content(scenario: Scenario, written: list[dict[str, Any]], rules: list[str]) -> dict[str, Any]:
    """Give what a file of tests for promtool says."""
    return {
        "rule_files": rules,
        "evaluation_interval": f"{scenario.step}m",
        "group_eval_order": list(GROUPS),
        "tests": written,
    }


def files() -> dict[Path, str]:
    """Give the text of each file of tests."""
    rules = [f"{RULES}/slipwatch_rules.yaml", f"{RULES}/slipwatch_alerts.yaml"]
    made: dict[Path, str] = {}
    for scenario in SCENARIOS:
        said = content(scenario, list(written_tests(scenario)), rules)
        text = yaml.safe_dump(said, sort_keys=False, width=10_000, allow_unicode=True)
        made[HERE / f"{scenario.alert}{scenario.part}.yaml"] = (
            f"# Written by `make docs` from scenarios.py.\n{text}"
        )
    return made
