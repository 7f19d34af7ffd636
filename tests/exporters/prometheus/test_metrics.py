"""What one scrape gets: the exposition of an assessment, whatever trackers wrote into it."""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text

from slipwatch.aggregator.assessment import Assessment, CycleView, FindingView, RuleCount
from slipwatch.config.metrics import MetricsSettings
from slipwatch.exporters.prometheus.catalogue import METRICS, Metric
from slipwatch.exporters.prometheus.compression import deflate, gzip_parts, takes_gzip
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.own import SELF_METRICS
from slipwatch.exporters.prometheus.pages import render_page
from slipwatch.exporters.prometheus.render import Rendered, page, render
from slipwatch.exporters.prometheus.samples import Sample, end_of_day
from slipwatch.exporters.terminal.text import plain

HERE = Path(__file__).parent
DOCS = HERE.parents[2] / "docs"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

MILESTONE = ("program", "project", "milestone")
BENEFIT = ("program", "benefit")
TIE = ("milestone", "upstream", "type")
CHECK = ("program", "standard", "point", "check")
CATALOGUE = {
    "slipwatch_milestone_info": ("gauge", (*MILESTONE, "title", "url", "milestone_owner")),
    "slipwatch_milestone_weight": ("gauge", MILESTONE),
    "slipwatch_milestone_baseline_timestamp_seconds": ("gauge", MILESTONE),
    "slipwatch_milestone_plan_timestamp_seconds": ("gauge", MILESTONE),
    "slipwatch_milestone_commitment_timestamp_seconds": ("gauge", MILESTONE),
    "slipwatch_milestone_completed_timestamp_seconds": ("gauge", MILESTONE),
    "slipwatch_milestone_forecast_timestamp_seconds": ("summary", (*MILESTONE, "quantile")),
    "slipwatch_milestone_earliest_timestamp_seconds": ("gauge", MILESTONE),
    "slipwatch_milestone_on_time_probability": ("gauge", MILESTONE),
    "slipwatch_milestone_status": ("gauge", (*MILESTONE, "status")),
    "slipwatch_milestone_slip_workdays": ("gauge", (*MILESTONE, "against")),
    "slipwatch_milestone_plan_slip_workdays": ("gauge", MILESTONE),
    "slipwatch_milestone_date_moves_total": ("counter", (*MILESTONE, "direction")),
    "slipwatch_milestone_items": ("gauge", (*MILESTONE, "state")),
    "slipwatch_milestone_baseline_items": ("gauge", MILESTONE),
    "slipwatch_milestone_scope_changes": ("gauge", (*MILESTONE, "change")),
    "slipwatch_milestone_float_workdays": ("gauge", MILESTONE),
    "slipwatch_milestone_forecast_movement_workdays": ("gauge", (*MILESTONE, "part")),
    "slipwatch_milestone_on_time_probability_movement": ("gauge", (*MILESTONE, "part")),
    "slipwatch_dependency_info": ("gauge", (*TIE, "cross_project")),
    "slipwatch_dependency_status": ("gauge", (*TIE, "status")),
    "slipwatch_dependency_slack_workdays": ("gauge", TIE),
    "slipwatch_dependency_driving": ("gauge", TIE),
    "slipwatch_dependency_cycles": ("gauge", ("kind",)),
    "slipwatch_slip_impact_workdays": ("gauge", ("cause", "milestone")),
    "slipwatch_milestone_root_cause_info": ("gauge", (*MILESTONE, "root_cause")),
    "slipwatch_slip_path_info": ("gauge", ("cause", "milestone", "path")),
    "slipwatch_findings": ("gauge", ("program", "rule", "severity", "state")),
    "slipwatch_finding_info": ("gauge", ("program", "rule", "severity", "subject")),
    "slipwatch_finding_waived_info": ("gauge", ("program", "rule", "subject")),
    "slipwatch_item_finding_info": ("gauge", ("program", "rule", "severity", "item")),
    "slipwatch_rule_verdicts": ("gauge", ("rule", "verdict")),
    "slipwatch_program_info": ("gauge", ("program", "title", "sponsor", "manager")),
    "slipwatch_program_status": ("gauge", ("program", "status")),
    "slipwatch_program_schedule_quality_ratio": ("gauge", ("program",)),
    "slipwatch_program_schedule_checks": ("gauge", ("program", "standard", "result")),
    "slipwatch_program_schedule_check_passed": ("gauge", CHECK),
    "slipwatch_program_schedule_check_failing": ("gauge", CHECK),
    "slipwatch_forecast_coverage_ratio": ("summary", ("program", "quantile")),
    "slipwatch_forecast_coverage_milestones": ("gauge", ("program",)),
    "slipwatch_forecast_calibration_lost": ("gauge", ("program",)),
    "slipwatch_project_info": ("gauge", ("program", "project", "title", "lead")),
    "slipwatch_project_status": ("gauge", ("program", "project", "status")),
    "slipwatch_project_items": ("gauge", ("program", "project", "state")),
    "slipwatch_project_blocked_items": ("gauge", ("program", "project")),
    "slipwatch_project_aging_items": ("gauge", ("program", "project")),
    "slipwatch_project_throughput_items": ("gauge", ("program", "project")),
    "slipwatch_project_cycle_time_seconds": ("summary", ("program", "project", "quantile")),
    "slipwatch_project_people": ("gauge", ("program", "project")),
    "slipwatch_project_doing_items_per_person": ("gauge", ("program", "project")),
    "slipwatch_project_recently_done_items": ("gauge", ("program", "project")),
    "slipwatch_project_key_person_ratio": ("gauge", ("program", "project")),
    "slipwatch_project_dated_items": ("gauge", ("program", "project")),
    "slipwatch_project_expected_late_items": ("gauge", ("program", "project")),
    "slipwatch_project_likely_late_items": ("gauge", ("program", "project")),
    "slipwatch_item_late_probability": ("gauge", ("item",)),
    "slipwatch_risk_exposure": ("gauge", ("program",)),
    "slipwatch_risks": ("gauge", ("program", "severity")),
    "slipwatch_register_entries": ("gauge", ("program", "kind", "state")),
    "slipwatch_gates": ("gauge", ("program", "state")),
    "slipwatch_controls": ("gauge", ("program", "state")),
    "slipwatch_poam_open_items": ("gauge", ("program",)),
    "slipwatch_poam_clock_days": ("gauge", ("program",)),
    "slipwatch_evidence_valid_until_timestamp_seconds": ("gauge", ("program",)),
    "slipwatch_milestone_baseline_approvals": ("gauge", MILESTONE),
    "slipwatch_program_planned_value": ("gauge", ("program", "currency")),
    "slipwatch_program_earned_value": ("gauge", ("program", "currency")),
    "slipwatch_program_actual_cost": ("gauge", ("program", "currency")),
    "slipwatch_program_budget_at_completion": ("gauge", ("program", "currency")),
    "slipwatch_program_estimate_at_completion": ("gauge", ("program", "currency")),
    "slipwatch_program_contingency_left": ("gauge", ("program", "currency")),
    "slipwatch_project_planned_value": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_earned_value": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_actual_cost": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_budget_at_completion": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_estimate_at_completion": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_contingency_left": ("gauge", ("program", "project", "currency")),
    "slipwatch_project_earned_schedule_seconds": ("gauge", ("program", "project")),
    "slipwatch_project_schedule_performance_ratio": ("gauge", ("program", "project")),
    "slipwatch_benefit_info": (
        "gauge",
        (*BENEFIT, "title", "unit", "benefit_owner", "kind", "objective"),
    ),
    "slipwatch_benefit_value": ("gauge", BENEFIT),
    "slipwatch_benefit_expected_value": ("gauge", BENEFIT),
    "slipwatch_benefit_realisation_ratio": ("gauge", BENEFIT),
    "slipwatch_benefit_reading_timestamp_seconds": ("gauge", BENEFIT),
    "slipwatch_benefit_fetch_failures_total": ("counter", BENEFIT),
    "slipwatch_benefit_delay_seconds": ("gauge", BENEFIT),
    "slipwatch_benefit_deferred_value": ("gauge", (*BENEFIT, "currency")),
    "slipwatch_benefit_delay_cost_per_day": ("gauge", (*BENEFIT, "currency")),
    "slipwatch_slip_deferred_value": ("gauge", ("program", "cause", "currency")),
    "slipwatch_program_net_present_value": ("gauge", ("program", "currency", "case")),
    "slipwatch_program_benefits_realised_ratio": ("gauge", ("program", "currency")),
    "slipwatch_program_benefits_due_value": ("gauge", ("program", "currency")),
    "slipwatch_program_due_milestones": ("gauge", ("program", "against")),
    "slipwatch_program_kept_milestones": ("gauge", ("program", "against")),
    "slipwatch_program_open_items": ("gauge", ("program",)),
    "slipwatch_program_aligned_items": ("gauge", ("program",)),
    "slipwatch_program_project_budgets": ("gauge", ("program", "currency")),
    "slipwatch_program_aligned_budgets": ("gauge", ("program", "currency")),
    "slipwatch_program_cost_savings": ("gauge", ("program", "currency", "case")),
    "slipwatch_objective_projects": ("gauge", ("objective", "title")),
    "slipwatch_project_rank": ("gauge", ("program", "project")),
    "slipwatch_program_health": ("gauge", ("program", "status")),
    "slipwatch_program_dimension_status": ("gauge", ("program", "dimension", "status")),
    "slipwatch_program_commitment_weight": ("gauge", ("program", "status")),
    "slipwatch_program_reported_status": ("gauge", ("program", "status")),
    "slipwatch_program_reported_gap_levels": ("gauge", ("program",)),
    "slipwatch_project_health": ("gauge", ("program", "project", "status")),
    "slipwatch_project_dimension_status": (
        "gauge",
        ("program", "project", "dimension", "status"),
    ),
    "slipwatch_project_reported_status": ("gauge", ("program", "project", "status")),
    "slipwatch_project_reported_gap_levels": ("gauge", ("program", "project")),
    "slipwatch_project_allocated_people": ("gauge", ("program", "project")),
    "slipwatch_project_overallocated_people": ("gauge", ("program", "project")),
    "slipwatch_stream_needed_items_per_week": ("gauge", ("stream",)),
    "slipwatch_stream_pace_items_per_week": ("gauge", ("stream",)),
    "slipwatch_source_up": ("gauge", ("source",)),
    "slipwatch_source_last_success_timestamp_seconds": ("gauge", ("source",)),
    "slipwatch_source_items": ("gauge", ("source",)),
    "slipwatch_source_invisible_items": ("gauge", ("source",)),
    "slipwatch_syncs_total": ("counter", ("source",)),
    "slipwatch_sync_failures_total": ("counter", ("source",)),
    "slipwatch_sync_duration_seconds": ("histogram", ("source",)),
    "slipwatch_source_requests_total": ("counter", ("source", "code")),
    "slipwatch_source_request_duration_seconds": ("histogram", ("source",)),
    "slipwatch_source_rate_limit_remaining": ("gauge", ("source",)),
    "slipwatch_hook_deliveries_total": ("counter", ("source",)),
    "slipwatch_hook_replays_total": ("counter", ("source",)),
    "slipwatch_hook_refusals_total": ("counter", ("source", "code")),
    "slipwatch_source_censuses_total": ("counter", ("source", "outcome")),
    "slipwatch_source_census_timestamp_seconds": ("gauge", ("source",)),
    "slipwatch_source_absent_items": ("gauge", ("source", "presence")),
    "slipwatch_job_failures_total": ("counter", ("task", "source")),
    "slipwatch_jobs_left_out_total": ("counter", ("task", "source", "reason")),
    "slipwatch_assessments_total": ("counter", ()),
    "slipwatch_assessment_failures_total": ("counter", ()),
    "slipwatch_assessment_duration_seconds": ("histogram", ()),
    "slipwatch_assessment_timestamp_seconds": ("gauge", ()),
    "slipwatch_metric_failures_total": ("counter", ("metric",)),
    "slipwatch_metric_series_left_out": ("gauge", ("metric",)),
    "slipwatch_notifications_total": ("counter", ("channel",)),
    "slipwatch_notification_failures_total": ("counter", ("channel",)),
    "slipwatch_notifications_pending": ("gauge", ("channel",)),
    "slipwatch_notifications_dead": ("gauge", ("channel",)),
    "slipwatch_report_last_success_timestamp_seconds": ("gauge", ("program", "audience")),
    "slipwatch_report_due_timestamp_seconds": ("gauge", ("program", "audience")),
    "slipwatch_report_failures_total": ("counter", ("program", "audience")),
    "slipwatch_config_last_reload_successful": ("gauge", ()),
    "slipwatch_config_last_reload_success_timestamp_seconds": ("gauge", ()),
    "slipwatch_build_info": ("gauge", ("version", "pythonversion")),
}
"""Names, types and labels that people's dashboards and alerts rest on."""


@dataclass(frozen=True)
class Series:
    """One line of an exposition, read back."""

    name: str
    labels: frozenset[tuple[str, str]]
    value: float


def read(body: bytes, *, openmetrics: bool = False) -> list[Series]:
    """Read an exposition back with the client library's own parser."""
    families = (read_openmetrics if openmetrics else read_text)(body.decode())
    return [
        Series(sample.name, frozenset(sample.labels.items()), sample.value)
        for family in families
        for sample in family.samples
    ]


def test_an_assessment_is_exposed_as_text(assessment: Assessment) -> None:
    assert render(assessment).text.plain.decode() == (HERE / "assessment.prom").read_text()


def test_openmetrics_says_the_same_as_the_text(assessment: Assessment) -> None:
    rendered = render(assessment)

    openmetrics = read(rendered.openmetrics.plain + b"# EOF\n", openmetrics=True)

    assert openmetrics == read(rendered.text.plain)


def test_the_table_of_metrics_keeps_its_promises() -> None:
    shipped = {metric.name: (metric.kind, metric.labels) for metric in METRICS}
    own = {metric.name: (metric.kind, metric.labels) for metric in SELF_METRICS}

    assert shipped | own == CATALOGUE


def test_names_and_labels_follow_the_conventions_of_prometheus() -> None:
    for name, (kind, labels) in CATALOGUE.items():
        assert re.fullmatch(r"slipwatch_[a-z]+(_[a-z]+)*", name)
        assert (kind == "counter") == name.endswith("_total")
        assert not set(labels) & {"job", "instance", "owner", "service", "stage", "env", "region"}
    helps = [m.help for m in METRICS] + [m.help for m in SELF_METRICS]
    assert all(text.endswith(".") for text in helps)


def test_what_is_unknown_is_an_absent_series_and_never_nan(assessment: Assessment) -> None:
    login = next(m for m in assessment.milestones if m.id == "platform/identity/login")
    about_login = {
        series.name
        for series in read(render(assessment).text.plain)
        if ("milestone", login.id) in series.labels
    }

    assert about_login == {
        "slipwatch_milestone_info",
        "slipwatch_milestone_weight",
        "slipwatch_milestone_commitment_timestamp_seconds",
        "slipwatch_milestone_earliest_timestamp_seconds",
        "slipwatch_milestone_status",
        "slipwatch_milestone_date_moves_total",
        "slipwatch_milestone_items",
    }
    assert b"NaN" not in render(assessment).text.plain


def test_a_milestone_that_is_gone_leaves_no_series_behind(assessment: Assessment) -> None:
    fewer = msgspec.structs.replace(assessment, milestones=assessment.milestones[:1])

    render(assessment)

    assert b"checkout/web/launch" in render(assessment).text.plain
    assert all(
        ("milestone", "platform/identity/login") not in series.labels
        for series in read(render(fewer).text.plain)
    )


def test_exactly_one_status_is_on(assessment: Assessment) -> None:
    on = Counter(
        dict(series.labels)["milestone"]
        for series in read(render(assessment).text.plain)
        if series.name == "slipwatch_milestone_status" and series.value == 1
    )

    assert on == Counter(milestone.id for milestone in assessment.milestones)


def test_a_title_that_tries_to_break_out_stays_one_label(
    entitle: Callable[[str, str], Assessment], hostile_title: str
) -> None:
    rendered = render(entitle(hostile_title, f"javascript:{hostile_title}"))

    for body, openmetrics in (
        (rendered.text.plain, False),
        (rendered.openmetrics.plain + b"# EOF\n", True),
    ):
        series = read(body, openmetrics=openmetrics)
        titles = {dict(s.labels)["title"] for s in series if s.name == "slipwatch_milestone_info"}
        (title,) = titles
        assert title.startswith(
            '</td><script>document.title="owned"</script>" onmouseover="x" \\  '
        )
        assert len(title) == 200
        assert title.endswith("x…")
        assert not set(title) & set(map(chr, (*range(32), 127, 0x9B, 0x202E, 0xD800)))
        assert len(series) == len({(s.name, s.labels) for s in series})


def test_no_label_holds_what_a_terminal_would_obey(
    entitle: Callable[[str, str], Assessment], title: str
) -> None:
    series = read(render(entitle(title, title)).text.plain)

    assert all(plain(text) == text for one in series for _, text in one.labels)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters()), url=st.text(st.characters()))
@example(text='"} 1\nslipwatch_milestone_status{status="green', url='\\"\\\\n')
@example(text="# EOF", url="\r# EOF\r\n")
@example(text="\u2028\u2029\x85\ufeff\ufffe", url="\ud83d")
def test_no_text_of_a_tracker_adds_removes_or_breaks_a_series(
    entitle: Callable[[str, str], Assessment], assessment: Assessment, text: str, url: str
) -> None:
    harmless = render(entitle("title", "url"))
    written = render(entitle(text, url))

    for body, twin, openmetrics in (
        (written.text.plain, harmless.text.plain, False),
        (written.openmetrics.plain + b"# EOF\n", harmless.openmetrics.plain + b"# EOF\n", True),
    ):
        found = read(body, openmetrics=openmetrics)
        assert [s.name for s in found] == [s.name for s in read(twin, openmetrics=openmetrics)]
        assert len(found) == len({(s.name, s.labels) for s in found})


def test_ids_are_never_cut_because_joins_go_by_them(assessment: Assessment) -> None:
    long = "checkout/" + "p" * 120 + "/" + "m" * 120
    first = msgspec.structs.replace(assessment.milestones[0], id=long)
    second = msgspec.structs.replace(assessment.milestones[0], id=long + "2")

    both = msgspec.structs.replace(assessment, milestones=(first, second))
    series = read(render(both).text.plain)

    info = [dict(s.labels)["milestone"] for s in series if s.name == "slipwatch_milestone_info"]
    assert info == [long, long + "2"]


def test_two_ties_of_one_type_between_two_milestones_are_one_and_the_worse_counts(
    assessment: Assessment,
) -> None:
    edge = assessment.dependencies[0]
    looser = msgspec.structs.replace(edge, lag="0wd", slack=-4, status="ok", driving=False)
    twice = msgspec.structs.replace(assessment, dependencies=(looser, edge))

    ties = Counter(
        (s.name, s.value, dict(s.labels).get("status"))
        for s in read(render(twice).text.plain)
        if s.name.startswith("slipwatch_dependency_") and "upstream" in dict(s.labels)
    )

    assert ties == {
        ("slipwatch_dependency_info", 1, None): 1,
        ("slipwatch_dependency_slack_workdays", -6, None): 1,
        ("slipwatch_dependency_driving", 1, None): 1,
        ("slipwatch_dependency_status", 0, "ok"): 1,
        ("slipwatch_dependency_status", 1, "violated"): 1,
        ("slipwatch_dependency_status", 0, "broken"): 1,
    }


def test_circles_are_counted_by_kind_and_none_is_zero(assessment: Assessment) -> None:
    circle = CycleView(members=("checkout/web/launch", "platform/identity/login"), kind="deadlock")
    circular = msgspec.structs.replace(assessment, cycles=(circle,))

    for shown, deadlocks in ((assessment, 0), (circular, 1)):
        assert {
            dict(s.labels)["kind"]: s.value
            for s in read(render(shown).text.plain)
            if s.name == "slipwatch_dependency_cycles"
        } == {"deadlock": deadlocks, "interleaved": 0}


def test_rules_say_how_often_they_could_not_tell(assessment: Assessment) -> None:
    count = RuleCount(rule="SCH-001", passed=3, failed=1, unknown=2, not_applicable=4)
    counted = msgspec.structs.replace(assessment, rules=(count,))

    verdicts = {
        dict(s.labels)["verdict"]: s.value
        for s in read(render(counted).text.plain)
        if s.name == "slipwatch_rule_verdicts"
    }

    assert verdicts == {"passed": 3, "failed": 1, "unknown": 2, "not_applicable": 4}


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2027, 1, 15), "UTC", datetime(2027, 1, 16, tzinfo=UTC)),
        (date(2027, 1, 15), "Asia/Tokyo", datetime(2027, 1, 15, 15, tzinfo=UTC)),
        (date(2027, 3, 27), "Europe/Berlin", datetime(2027, 3, 27, 23, tzinfo=UTC)),
        (date(2027, 3, 28), "Europe/Berlin", datetime(2027, 3, 28, 22, tzinfo=UTC)),
        # The clocks of São Paulo went back at midnight: the day had 25 hours.
        (date(2018, 2, 17), "America/Sao_Paulo", datetime(2018, 2, 18, 3, tzinfo=UTC)),
        (date(1969, 12, 30), "UTC", datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_its_last_midnight_in_its_zone(day: date, zone: str, end: datetime) -> None:
    assert end_of_day(day, ZoneInfo(zone)) == end.timestamp()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_first_and_the_last_day_of_the_calendar_can_be_exported(day: date, zone: str) -> None:
    apart = end_of_day(date(2000, 1, 1), ZoneInfo(zone)) - end_of_day(day, ZoneInfo(zone))

    assert apart == pytest.approx((date(2000, 1, 1) - day).days * 86400, abs=2 * 86400)


def test_known_sources_start_with_zero_so_that_a_first_failure_is_a_rise() -> None:
    monitor = Monitor("0.1.0")

    monitor.expect(["jira", "github"])

    body = page("", monitor.registry, Rendered()).body.decode()
    assert 'slipwatch_sync_failures_total{source="jira"} 0.0' in body
    assert 'slipwatch_syncs_total{source="github"} 0.0' in body


def broken(assessment: Assessment) -> Iterator[Sample]:
    """Give one good sample, then fail."""
    yield (assessment.milestones[0].id,), 1.0
    raise ZeroDivisionError


def mislabelled(assessment: Assessment) -> Iterator[Sample]:
    """Give a sample with a label too many."""
    yield (assessment.milestones[0].id, "more"), 1.0


@pytest.mark.parametrize("samples", [broken, mislabelled])
def test_a_metric_that_fails_is_left_out_and_named_and_the_others_are_served(
    assessment: Assessment, samples: Callable[[Assessment], Iterator[Sample]]
) -> None:
    bad = Metric("slipwatch_bad", "Fails.", ("milestone",), samples)

    rendered = render(assessment, metrics=(*METRICS[:3], bad, *METRICS[3:]))

    assert rendered.failed == ("slipwatch_bad",)
    assert rendered.text == render(assessment).text
    assert rendered.openmetrics == render(assessment).openmetrics


def blocked(*items: str) -> tuple[FindingView, ...]:
    """Make findings about items."""
    return tuple(
        FindingView(
            rule="FLOW-003",
            severity="medium",
            subject=item,
            program="checkout",
            state="open",
            since=date(2026, 11, 19),
            value=6,
            threshold=5,
            message="It has been blocked for 6 working days.",
            evidence={},
            links=(),
            fingerprint="",
        )
        for item in items
    )


def subjects(rendered: Rendered, name: str, label: str) -> list[str]:
    """Give the values of one label of a metric."""
    return [dict(s.labels)[label] for s in read(rendered.text.plain) if s.name == name]


def test_there_are_no_series_per_item_unless_they_are_asked_for(assessment: Assessment) -> None:
    about = blocked("jira:PAY-3", "github:acme/web#7", "source:jira", "a/b/c -> d/e/f")
    flood = msgspec.structs.replace(assessment, findings=about)

    usual = render(flood)
    asked = render(flood, MetricsSettings(items=True))

    for rendered in (usual, asked):
        found = subjects(rendered, "slipwatch_finding_info", "subject")
        assert found == ["source:jira", "a/b/c -> d/e/f"]
    assert b"slipwatch_item_" not in usual.text.plain
    items = subjects(asked, "slipwatch_item_finding_info", "item")
    assert items == ["jira:PAY-3", "github:acme/web#7"]
    (counted,) = [s for s in read(usual.text.plain) if s.name == "slipwatch_findings"]
    assert counted.value == 4


def test_waivers_of_findings_about_items_are_no_series_either(assessment: Assessment) -> None:
    about = blocked("jira:PAY-3", "a/b/c -> d/e/f")
    waived = tuple(msgspec.structs.replace(finding, state="waived") for finding in about)

    rendered = render(msgspec.structs.replace(assessment, findings=waived))

    found = subjects(rendered, "slipwatch_finding_waived_info", "subject")
    assert found == ["a/b/c -> d/e/f"]


def test_series_per_item_are_capped_and_those_left_out_are_counted(assessment: Assessment) -> None:
    flood = msgspec.structs.replace(
        assessment, findings=blocked(*(f"jira:PAY-{number}" for number in range(50)))
    )

    rendered = render(flood, MetricsSettings(items=True, most_items=20))

    items = subjects(rendered, "slipwatch_item_finding_info", "item")
    assert items == [f"jira:PAY-{number}" for number in range(20)]
    assert rendered.left_out == {
        "slipwatch_item_finding_info": 30,
        "slipwatch_item_late_probability": 0,
    }


def test_metrics_are_chosen_by_name_those_of_slipwatch_itself_too(assessment: Assessment) -> None:
    chosen = MetricsSettings(
        allow=("slipwatch_milestone_*", "slipwatch_syncs_total", "slipwatch_sync_duration_*"),
        deny=("*_timestamp_seconds", "slipwatch_sync_duration_seconds"),
    )
    monitor = Monitor("0.1.0")
    monitor.expect(["jira"])
    monitor.sync_seconds.labels("jira").observe(2)

    monitor.serve(chosen.wants)
    few = page("", monitor.registry, render(assessment, chosen)).body
    monitor.serve(MetricsSettings().wants)
    all_again = page("", monitor.registry, render(assessment)).body

    names = set(re.findall(r"^# TYPE (\w+) ", few.decode(), re.MULTILINE))
    assert names == {
        name
        for name in CATALOGUE
        if (name.startswith("slipwatch_milestone_") and not name.endswith("_timestamp_seconds"))
        or name == "slipwatch_syncs_total"
    }
    assert b"slipwatch_sync_duration_seconds_bucket" in all_again


@given(st.binary(), st.binary())
def test_what_is_compressed_in_two_parts_is_one_gzip_file(first: bytes, rest: bytes) -> None:
    whole = b"".join(gzip_parts(deflate(first), rest))

    assert gzip.decompress(whole) == first + rest
    one = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert one.decompress(whole) == first + rest
    assert one.eof
    assert not one.unused_data


@pytest.mark.parametrize(
    ("accept_encoding", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0.001", True),
        ("x-gzipped", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(
    assessment: Assessment, accept_encoding: str, taken: bool
) -> None:
    monitor = Monitor("0.1.0")
    plain = page("", monitor.registry, render(assessment))

    answer = page("", monitor.registry, render(assessment), accept_encoding)

    assert takes_gzip(accept_encoding) == taken
    assert answer.encoding == ("gzip" if taken else "")
    assert (gzip.decompress(answer.body) if taken else answer.body) == plain.body


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5",
            "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        ),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ],
)
def test_the_format_is_the_one_asked_for(
    assessment: Assessment, accept: str, content_type: str
) -> None:
    monitor = Monitor("0.1.0")

    answer = page(accept, monitor.registry, render(assessment))

    assert answer.content_type.startswith(content_type)
    openmetrics = content_type.startswith("application/openmetrics")
    assert answer.body.endswith(b"# EOF\n") == openmetrics
    assert answer.body.count(b"# EOF\n") == int(openmetrics)
    names = {series.name for series in read(answer.body, openmetrics=openmetrics)}
    assert {"slipwatch_build_info", "slipwatch_milestone_info"} <= names


def test_the_page_of_metrics_is_the_one_the_tables_give() -> None:
    assert (DOCS / "metrics.md").read_text() == render_page(), "run: make docs"


def test_the_page_names_every_metric_once_and_none_that_does_not_exist() -> None:
    rows = re.findall(r"^\| `(\w+)` ", render_page(), re.MULTILINE)
    named = set(re.findall(r"slipwatch_\w+", render_page()))

    assert sorted(rows) == sorted(CATALOGUE)
    assert named == set(CATALOGUE)
