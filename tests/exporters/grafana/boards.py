"""The dashboards as they ship, and what is in them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipwatch.exporters.grafana.shipped import dashboards

Json = dict[str, Any]

PORTFOLIO = "slipwatch-portfolio"
PROGRAM = "slipwatch-program"
PROJECT = "slipwatch-project"
MILESTONE = "slipwatch-milestone"
DEPENDENCIES = "slipwatch-dependencies"
SELF_MONITORING = "slipwatch-self-monitoring"

SHIPPED: dict[str, Json] = {name: json.loads(text) for name, text in dashboards()}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a panel, and how Grafana asks it."""

    dashboard: str
    panel: str
    ref: str
    legend: str
    expr: str
    history: bool
    ahead: int
    """Days of the time to come that it is asked for."""

    @property
    def where(self) -> str:
        """Say where it is asked."""
        return f"{self.dashboard}: {self.panel}, {self.ref}"


def panels(dashboard: Json) -> list[Json]:
    found: list[Json] = dashboard["panels"]
    return found


def targets(dashboard: Json) -> Iterator[Asked]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Asked(
                dashboard=dashboard["title"],
                panel=panel["title"],
                ref=target["refId"],
                legend=target.get("legendFormat", ""),
                expr=target["expr"],
                history=target["range"],
                ahead=ahead(panel),
            )


def ahead(panel: Json) -> int:
    """Give the days after now that a panel shows: what it reaches ahead, less what it is shifted.

    One that shows time to come shows as much before now.
    """
    if "timeFrom" not in panel:
        return 0
    reach = int(panel["timeFrom"].removeprefix("+").removesuffix("d"))
    shift = int(panel["timeShift"].removesuffix("d"))
    assert reach == 2 * shift
    return reach - shift


def annotations(dashboard: Json) -> list[Json]:
    return [one for one in dashboard["annotations"].get("list", []) if "expr" in one]


def variables(dashboard: Json) -> dict[str, Json]:
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def queried(dashboard: Json) -> dict[str, Json]:
    """Give the variables that are filled by a query."""
    return {name: one for name, one in variables(dashboard).items() if one["type"] == "query"}


def selector_of(query: str) -> str:
    """Give the selector of ``label_values``."""
    return query.removeprefix("label_values(").rpartition(",")[0]
