"""The conditions of grafana/dashboard-linter, each under its own name there.

What it is to let pass stands in the file ``.lint`` beside the dashboards, where it finds it too.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.exporters.grafana import shipped
from tests.exporters.grafana.boards import (
    SHIPPED,
    Json,
    panels,
    queried,
    targets,
    variables,
)

LINT = Path(shipped.__file__).parent / "dashboards/.lint"
UNITS = {"none", "percentunit", "s", "dateTimeAsIso", "dateTimeFromNow"}
"""Of the linter's list, those that are used."""

MEASURED = {"stat", "table", "timeseries", "gauge"}
SELECTOR = re.compile(r"(slipwatch_\w+)(\{[^}]*\})?")
Complaint = tuple[str, str]
"""The panel, empty for the dashboard, and what is wrong."""

Rule = Callable[[Json], Iterator[Complaint]]


def template_datasource(dashboard: Json) -> Iterator[Complaint]:
    source = variables(dashboard).get("datasource", {})
    if (source.get("type"), source.get("query")) != ("datasource", "prometheus"):
        yield "", "no variable for a Prometheus"
    if source.get("label") != "Data source":
        yield "", "its label is another one"


def template_job(dashboard: Json) -> Iterator[Complaint]:
    yield from _filters(dashboard, "job")


def template_instance(dashboard: Json) -> Iterator[Complaint]:
    yield from _filters(dashboard, "instance")


def _filters(dashboard: Json, name: str) -> Iterator[Complaint]:
    variable = queried(dashboard).get(name, {})
    if (variable.get("multi"), variable.get("allValue")) != (True, ".+"):
        yield "", f"{name} cannot be all"
    if variable.get("label") != name.capitalize():
        yield "", f"{name} has another label"


def template_label_promql(dashboard: Json) -> Iterator[Complaint]:
    for name, variable in queried(dashboard).items():
        if variable["datasource"]["uid"] != "$datasource":
            yield "", f"{name} asks another data source"
        if not re.fullmatch(r"label_values\(slipwatch_\w+(\{.*\})?, \w+\)", variable["query"]):
            yield "", f"{name} is no query for labels"


def template_on_time_change_reload(dashboard: Json) -> Iterator[Complaint]:
    for name, variable in queried(dashboard).items():
        if variable["refresh"] != 2:
            yield "", f"{name} is not asked for again when the time changes"


def panel_datasource(dashboard: Json) -> Iterator[Complaint]:
    for panel in panels(dashboard):
        if panel["datasource"]["uid"] != "$datasource":
            yield panel["title"], "another data source"


def panel_title_description(dashboard: Json) -> Iterator[Complaint]:
    for panel in panels(dashboard):
        if not panel["title"] or not panel["description"]:
            yield panel["title"], "no title or no description"


def panel_units(dashboard: Json) -> Iterator[Complaint]:
    for panel in panels(dashboard):
        config = panel["fieldConfig"]
        properties = [each for over in config["overrides"] for each in over["properties"]]
        mapped = config["defaults"].get("mappings") or any(
            p["id"] == "mappings" for p in properties
        )
        units = [config["defaults"]["unit"], *(p["value"] for p in properties if p["id"] == "unit")]
        if panel["type"] in MEASURED and not mapped and units[-1] not in UNITS:
            yield panel["title"], f"the unit {units[-1]}"


def panel_no_targets(dashboard: Json) -> Iterator[Complaint]:
    for panel in panels(dashboard):
        if not panel["targets"]:
            yield panel["title"], "no query"


def target_rate_interval(dashboard: Json) -> Iterator[Complaint]:
    for asked in targets(dashboard):
        for window in re.findall(r"\bi?rate\([^\[]*\[([^\]]*)\]", asked.expr):
            if window != "$__rate_interval":
                yield asked.panel, f"a rate over {window}"


def target_job(dashboard: Json) -> Iterator[Complaint]:
    yield from _unfiltered(dashboard, 'job=~"$job"')


def target_instance(dashboard: Json) -> Iterator[Complaint]:
    yield from _unfiltered(dashboard, 'instance=~"$instance"')


def _unfiltered(dashboard: Json, matcher: str) -> Iterator[Complaint]:
    for asked in targets(dashboard):
        for metric, selector in SELECTOR.findall(asked.expr):
            if matcher not in selector:
                yield asked.panel, f"{metric} without {matcher}"


def target_counter_agg(dashboard: Json) -> Iterator[Complaint]:
    for asked in targets(dashboard):
        for match in re.finditer(r"slipwatch_\w+_total\b", asked.expr):
            if not re.search(r"(rate|irate|increase)\($", asked.expr[: match.start()]):
                yield asked.panel, f"{match[0]} as it is"


def uneditable_dashboard(dashboard: Json) -> Iterator[Complaint]:
    if dashboard["editable"]:
        yield "", "it can be edited"


RULES: dict[str, Rule] = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_job,
    "template-instance-rule": template_instance,
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": target_job,
    "target-instance-rule": target_instance,
    "target-counter-agg-rule": target_counter_agg,
    "uneditable-dashboard": uneditable_dashboard,
}
"""All but ``target-promql-rule``: test_queries.py asks a Prometheus what it thinks of queries."""


def exclusions() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(LINT.read_text())["exclusions"]
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_linter_finds_only_what_it_is_to_let_pass(rule: str) -> None:
    found = {
        (dashboard["title"], panel, what)
        for dashboard in SHIPPED.values()
        for panel, what in RULES[rule](dashboard)
    }
    spared = {
        (entry["dashboard"], entry.get("panel", ""))
        for entry in exclusions().get(rule, {}).get("entries", [])
    }

    assert [one for one in sorted(found) if one[:2] not in spared] == []
    assert spared <= {one[:2] for one in found}, "nothing is wrong there any more"


def test_whatever_it_is_to_let_pass_has_a_reason_and_a_place() -> None:
    for rule, exclusion in exclusions().items():
        assert rule in RULES
        assert exclusion["reason"].endswith(".")
        assert exclusion["entries"], "not the whole rule"


def test_a_rule_finds_what_is_wrong() -> None:
    wrong: Json = {
        "editable": True,
        "templating": {"list": []},
        "panels": [
            {
                "title": "",
                "description": "",
                "type": "stat",
                "datasource": {"uid": "mine"},
                "fieldConfig": {"defaults": {"unit": "suffix:d"}, "overrides": []},
                "targets": [
                    {
                        "refId": "A",
                        "expr": "slipwatch_syncs_total / rate(slipwatch_syncs_total[5m])",
                        "range": True,
                    }
                ],
            },
            {
                "title": "empty",
                "description": "It asks nothing.",
                "type": "text",
                "datasource": {"uid": "$datasource"},
                "fieldConfig": {"defaults": {"unit": "none"}, "overrides": []},
                "targets": [],
            },
        ],
    }
    chosen = {"name": "program", "type": "query", "query": "up", "refresh": 1}
    wrong["title"] = "Wrong"
    wrong["templating"]["list"].append({**chosen, "datasource": {"uid": "mine"}})

    assert [rule for rule, finds in RULES.items() if not list(finds(wrong))] == []
