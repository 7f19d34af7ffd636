"""The dashboards that ship: how they hang together, and that each panel speaks for itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from slipwatch.exporters.grafana import shipped
from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.render import files as rule_files
from slipwatch.exporters.prometheus.names import metric_names
from tests.exporters.grafana.boards import (
    DEPENDENCIES,
    MILESTONE,
    PORTFOLIO,
    PROGRAM,
    PROJECT,
    SELF_MONITORING,
    SHIPPED,
    Json,
    annotations,
    panels,
    variables,
)

ORDER = (
    PORTFOLIO,
    PROGRAM,
    PROJECT,
    MILESTONE,
    DEPENDENCIES,
    SELF_MONITORING,
)
LEADS = {
    PORTFOLIO: {PROGRAM, PROJECT, MILESTONE, SELF_MONITORING},
    PROGRAM: {PROGRAM, PROJECT, MILESTONE, DEPENDENCIES, SELF_MONITORING},
    PROJECT: {PROGRAM, PROJECT, MILESTONE},
    MILESTONE: {MILESTONE, DEPENDENCIES},
    DEPENDENCIES: {MILESTONE},
    SELF_MONITORING: set[str](),
}
"""Where one gets by clicking on what a dashboard shows, beside the menu of all."""

NOT_SHOWN = {
    "slipwatch_milestone_earliest_timestamp_seconds": "a bound, shown on slipwatch's own page",
    "slipwatch_milestone_baseline_approvals": "`slipwatch baseline list` tells who and why, too",
    "slipwatch_item_finding_info": "it is served only where somebody asks for it",
    "slipwatch_item_late_probability": "it is served only where somebody asks for it",
    "slipwatch_rule_verdicts": "it is for those who tune rules",
    "slipwatch_hook_replays_total": "a replay is harmless",
    "slipwatch_source_censuses_total": "the table of sources shows when the last one was",
    "slipwatch_report_last_success_timestamp_seconds": "the alert goes by when the next one is due",
    "slipwatch_report_failures_total": "a report that cannot be written stays due",
    "slipwatch_project_earned_schedule_seconds": "SPI(t) is shown, which is made of it",
    "slipwatch_benefit_fetch_failures_total": "the alert goes by the age of the newest reading",
    "slipwatch_program_benefits_due_value": "it is what a share is a share of",
    "slipwatch_objective_projects": "GOV-006 finds those that have none",
    "slipwatch_project_rank": "a place in a list, not a course over time",
    "slipwatch_metric_series_left_out": "only where series per item are asked for",
}
"""Metrics that no dashboard and no rule shows, and why."""


@pytest.fixture(params=sorted(SHIPPED))
def dashboard(request: pytest.FixtureRequest) -> Json:
    return SHIPPED[request.param]


def test_there_is_one_for_each_reader() -> None:
    assert set(SHIPPED) == {f"{uid}.json" for uid in ORDER}
    assert [f"{one['uid']}.json" for one in SHIPPED.values()] == list(SHIPPED)
    assert not any(one.get("id") for one in SHIPPED.values())


def test_people_find_from_one_to_the_other(dashboard: Json) -> None:
    assert dashboard["title"].startswith("Slipwatch / ")
    assert dashboard["tags"] == ["slipwatch"]
    (link,) = dashboard["links"]
    assert (link["type"], link["tags"], link["asDropdown"]) == ("dashboards", ["slipwatch"], True)
    assert link["includeVars"]
    assert link["keepTime"]


def test_a_click_leads_to_what_was_clicked_on(dashboard: Json) -> None:
    led: set[str] = set()
    for url in clicks(dashboard):
        parts = urlsplit(url)
        uid = parts.path.removeprefix("/d/")
        led.add(uid)
        known = variables(SHIPPED[f"{uid}.json"])
        assert set(re.findall(r"var-(\w+)=", parts.query)) <= set(known)
        assert "${__url_time_range}" in parts.query

    assert led == LEADS[dashboard["uid"]]


def test_every_panel_says_what_it_shows_and_why_it_may_be_empty(dashboard: Json) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert len(panel["fieldConfig"]["defaults"]["noValue"].split()) > 1


def test_the_first_row_answers_with_figures(dashboard: Json) -> None:
    first = [panel for panel in panels(dashboard) if panel["gridPos"]["y"] == 0]

    assert {panel["type"] for panel in first} == {"stat"}
    assert sum(panel["gridPos"]["w"] for panel in first) == 24


def test_panels_have_ids_and_places_of_their_own(dashboard: Json) -> None:
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(ids) == len(set(ids))
    titles = [panel["title"] for panel in panels(dashboard)]
    assert len(titles) == len(set(titles))
    taken: set[tuple[int, int]] = set()
    for panel in panels(dashboard):
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not taken & cells
        taken |= cells
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))


def test_moves_and_deadlines_are_marked_where_milestones_are_chosen() -> None:
    marked = {
        one["uid"]: {mark["name"]: mark for mark in annotations(one)} for one in SHIPPED.values()
    }

    assert list(marked.pop(SELF_MONITORING)) == ["Configuration"]
    assert {uid for uid, marks in marked.items() if marks} == {PROGRAM, PROJECT, MILESTONE}
    for marks in filter(None, marked.values()):
        assert list(marks) == ["Dates that moved", "Forecasts that moved", "Commitments"]
        assert marks["Commitments"]["useValueForTime"], "a deadline is at its own day"
        assert all(mark["datasource"]["uid"] == "$datasource" for mark in marks.values())


def test_every_metric_that_is_named_exists(dashboard: Json) -> None:
    named = set(re.findall(r"slipwatch_\w+", json.dumps(dashboard)))

    assert {name.removesuffix("_bucket") for name in named} <= set(metric_names())


def test_every_metric_is_shown_or_has_a_reason_not_to_be() -> None:
    texts = [json.dumps(one) for one in SHIPPED.values()]
    texts += [text for name, text in rule_files(Policy()).items() if "slipwatch" in name]
    shown = set(re.findall(r"slipwatch_[a-z_]+", " ".join(texts)))
    shown |= {name.removesuffix("_bucket") for name in shown}

    assert set(metric_names()) - shown == set(NOT_SHOWN)


def clicks(value: Any) -> Iterator[str]:
    """Find the addresses of dashboards in links of panels and columns."""
    match value:
        case {"url": str(url)} if url.startswith("/d/"):
            yield url
        case dict():
            for each in value.values():
                yield from clicks(each)
        case list():
            for each in value:
                yield from clicks(each)
        case _:
            pass


def test_the_code_that_makes_them_is_not_needed_to_read_them() -> None:
    text = Path(shipped.__file__).read_text()

    assert "grafana_foundation_sdk" not in text
