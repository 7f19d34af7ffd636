"""The dashboards that ship: what Grafana's linter asks for, and queries that a Prometheus answers.

The conditions are those of grafana/dashboard-linter, with the exceptions in ``SPARED``.
"""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.grafana.shipped import dashboards
from slipwatch.exporters.prometheus.names import metric_names
from slipwatch.exporters.web.app import create_app
from tests.exporters.prometheus.servers import PATIENCE, prometheus
from tests.exporters.prometheus.test_real_prometheus import Board

SHIPPED = {name: json.loads(text) for name, text in dashboards()}
UNITS = {"none", "percentunit", "s", "dateTimeAsIso"}
"""Of the linter's list, those that are used."""

SPARED = {"Commitments", "Commitments of the next 90 days"}
"""Tables whose columns have units of their own and a value mapping, which exempts them."""

SELECTOR = re.compile(r"(slipwatch_\w+)(\{[^}]*\})?")
STANDS_FOR = {
    "$__rate_interval": "5m",
    "$job": ".+",
    "$instance": ".+",
    "$program": "checkout",
}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


def targets(dashboard: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield panel["title"], target


def variables(dashboard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in dashboard["templating"]["list"]}


@pytest.fixture(params=sorted(SHIPPED))
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = SHIPPED[request.param]
    return found


def test_people_find_from_one_to_the_other(dashboard: dict[str, Any]) -> None:
    assert dashboard["title"].startswith("Slipwatch / ")
    assert dashboard["tags"] == ["slipwatch"]
    (link,) = dashboard["links"]
    assert (link["type"], link["tags"], link["asDropdown"]) == ("dashboards", ["slipwatch"], True)
    assert link["includeVars"]
    assert link["keepTime"]


def test_what_is_stored_of_it_is_in_its_file_only() -> None:
    assert {f"{one['uid']}.json" for one in SHIPPED.values()} == set(SHIPPED)
    assert not any(one["editable"] or one.get("id") for one in SHIPPED.values())


def test_variables_are_those_that_mixins_have(dashboard: dict[str, Any]) -> None:
    known = variables(dashboard)
    source = known.pop("datasource")
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert source["label"] == "Data source"
    for name, variable in known.items():
        assert variable["datasource"]["uid"] == "$datasource"
        assert variable["refresh"] == 2, "on every change of the time range"
        assert re.match(r"label_values\(slipwatch_\w+(\{.*\})?, \w+\)$", variable["query"])
        if name in {"job", "instance"}:
            assert variable["label"] == name.capitalize()
            assert (variable["multi"], variable["allValue"]) == (True, ".+")


def test_every_panel_says_what_it_shows_and_why_it_may_be_empty(
    dashboard: dict[str, Any],
) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["datasource"]["uid"] == "$datasource"
        assert panel["targets"]
        defaults = panel["fieldConfig"]["defaults"]
        assert len(defaults["noValue"]) > 5
        assert defaults["unit"] in UNITS or panel["title"] in SPARED


def test_panels_have_ids_and_places_of_their_own(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(ids) == len(set(ids))
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


def test_every_selector_filters_by_job_and_instance(dashboard: dict[str, Any]) -> None:
    for title, target in targets(dashboard):
        for metric, selector in SELECTOR.findall(target["expr"]):
            assert 'job=~"$job"' in selector, (title, metric)
            assert 'instance=~"$instance"' in selector, (title, metric)


def test_counters_are_only_seen_as_rates(dashboard: dict[str, Any]) -> None:
    for title, target in targets(dashboard):
        for match in re.finditer(r"slipwatch_\w+_total", target["expr"]):
            before = target["expr"][: match.start()]
            assert re.search(r"(rate|irate|increase)\($", before), title
        assert "[$__rate_interval]" in target["expr"] or "rate(" not in target["expr"]


def test_every_metric_that_is_named_exists(dashboard: dict[str, Any]) -> None:
    named = set(re.findall(r"slipwatch_\w+", json.dumps(dashboard["panels"])))
    named |= set(re.findall(r"slipwatch_\w+", json.dumps(dashboard["templating"])))

    assert named <= set(metric_names())


@pytest.mark.prometheus
def test_a_prometheus_answers_every_query_of_every_dashboard(
    board: Board, assessment: Assessment, tmp_path: Path
) -> None:
    scraped = threading.Semaphore(0)
    board.on_scrape = scraped.release
    board.monitor.expect(source.name for source in assessment.sources)
    board.show(assessment)
    with (
        HttpServer(create_app(board), "127.0.0.1:0") as server,
        prometheus(tmp_path, server.address) as answering,
    ):
        assert all(scraped.acquire(timeout=PATIENCE) for _ in range(3))
        empty = [
            (dashboard["title"], title, target["refId"])
            for dashboard in SHIPPED.values()
            for title, target in targets(dashboard)
            if not answering.ask(filled(target["expr"]))
        ]
        unknown = [
            variable["query"]
            for dashboard in SHIPPED.values()
            for name, variable in variables(dashboard).items()
            if name != "datasource" and not answering.ask(filled(series_of(variable["query"])))
        ]

    # What is due within 90 days depends on the day on which the test runs.
    assert [one for one in empty if one[1] != "Commitments of the next 90 days"] == []
    assert unknown == []


def filled(query: str) -> str:
    """Put in what Grafana would put in."""
    for variable, value in STANDS_FOR.items():
        query = query.replace(variable, value)
    return query


def series_of(query: str) -> str:
    """Give the selector of ``label_values``."""
    return query.removeprefix("label_values(").rpartition(",")[0]
