"""Panels and variables as every dashboard has them, on the builders of Grafana's SDK.

Needs ``grafana-foundation-sdk``, which is with the development tools: what is made here is
committed, and only read at run time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar, cast

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat
from grafana_foundation_sdk.builders import nodegraph as node_graph
from grafana_foundation_sdk.builders import statetimeline as state_timeline
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries as time_series
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as drawn
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from .queries import COLOURS

DATASOURCE = drawn.DataSourceRef(type_val="prometheus", uid="$datasource")
TAG = "slipwatch"
PAINT = {"red": "red", "amber": "orange", "green": "green", "grey": "#8e8e8e"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query of a panel."""

    expr: str
    legend: str = ""
    ref: str = "A"
    history: bool = False
    """Over the time of the dashboard, not only now."""
    step: str = ""
    """At least so far apart, if over time."""


class PanelBuilder(Protocol):
    """What the builders of all kinds of panels can do."""

    def build(self) -> model.Panel: ...
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: drawn.DataSourceRef) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def id(self, id_val: int) -> Self: ...
    def grid_pos(self, grid_pos: model.GridPos) -> Self: ...
    def with_target(self, target: "Builder[Any]") -> Self: ...
    def links(self, links: "list[Builder[model.DashboardLink]]") -> Self: ...
    def data_links(self, links: "list[Builder[model.DashboardLink]]") -> Self: ...


P = TypeVar("P", bound=PanelBuilder)


@dataclass(frozen=True, slots=True)
class Place:
    """A panel and how much of the 24 columns of its row it takes."""

    width: int
    panel: PanelBuilder


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side."""

    height: int
    places: tuple[Place, ...]


def figure(title: str, description: str, query: Query, *, unit: str, empty: str) -> stat.Panel:
    """Show one number, or one for each series."""
    panel = _begin(stat.Panel(), title, description, [query], unit=unit, empty=empty)
    return (
        panel.graph_mode(drawn.BigValueGraphMode.NONE)
        .color_mode(drawn.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def status_figure(title: str, description: str, query: Query, *, empty: str) -> stat.Panel:
    """Show a status by its word and colour."""
    panel = figure(title, description, query, unit="none", empty=empty)
    return panel.mappings([status_words()]).color_mode(drawn.BigValueColorMode.BACKGROUND)


def history(
    title: str, description: str, queries: Sequence[Query], *, unit: str, empty: str
) -> time_series.Panel:
    """Draw values over time."""
    panel = _begin(time_series.Panel(), title, description, queries, unit=unit, empty=empty)
    legend = (
        common.VizLegendOptions()
        .display_mode(drawn.LegendDisplayMode.LIST)
        .placement(drawn.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    return panel.legend(legend).line_interpolation(drawn.LineInterpolation.STEP_AFTER)


def movements(
    title: str, description: str, queries: Sequence[Query], *, unit: str, empty: str
) -> time_series.Panel:
    """Draw a bar for each change, up or down from nought."""
    panel = history(title, description, queries, unit=unit, empty=empty)
    return panel.draw_style(drawn.GraphDrawStyle.BARS).fill_opacity(80).axis_centered_zero(True)


def status_history(
    title: str, description: str, query: Query, *, empty: str
) -> state_timeline.Panel:
    """Draw statuses over time, a line for each series."""
    panel = _begin(state_timeline.Panel(), title, description, [query], unit="none", empty=empty)
    return (
        panel.mappings([status_words()]).merge_values(True).show_value(drawn.VisibilityMode.NEVER)
    )


def ranking(
    title: str, description: str, query: Query, *, unit: str, empty: str, steps: Sequence[float]
) -> bargauge.Panel:
    """Draw a bar for each series; from each of two steps on it is amber, and red."""
    panel = _begin(bargauge.Panel(), title, description, [query], unit=unit, empty=empty)
    return panel.orientation(drawn.VizOrientation.HORIZONTAL).thresholds(thresholds(*steps))


def listing(title: str, description: str, queries: Sequence[Query], *, empty: str) -> tables.Panel:
    """Show a table: the queries are its columns, joined by the labels they have in common."""
    panel = _begin(
        tables.Panel(), title, description, queries, unit="none", empty=empty, table=True
    )
    return panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))


def graph(title: str, description: str, *, nodes: str, edges: str, empty: str) -> node_graph.Panel:
    """Draw what waits for what."""
    queries = [Query(expr=nodes, ref="nodes"), Query(expr=edges, ref="edges")]
    return _begin(
        node_graph.Panel(), title, description, queries, unit="none", empty=empty, table=True
    )


def sorted_by(column: str, *, falling: bool = False) -> common.TableSortByFieldState:
    """Say by which column a table is sorted."""
    return common.TableSortByFieldState().display_name(column).desc(falling)


def arranged(columns: Sequence[tuple[str, str]]) -> model.DataTransformerConfig:
    """Name the columns of a table and put them in order; the others are left out by the panel."""
    return model.DataTransformerConfig(
        id_val="organize",
        options={
            "indexByName": {name: place for place, (name, _) in enumerate(columns)},
            "renameByName": {name: title for name, title in columns if title},
            "excludeByName": {"Time": True},
        },
    )


def column(**properties: object) -> list[model.DynamicConfigValue]:
    """Say how one column looks; ``_`` in a name stands for a dot."""
    return [
        model.DynamicConfigValue(id_val=name.replace("_", "."), value=value)
        for name, value in properties.items()
    ]


def status_words() -> model.ValueMap:
    """Map the numbers of a status back to its word and colour."""
    return words({number: (word, PAINT[word]) for word, number in COLOURS.items()})


def words(meanings: Mapping[int, tuple[str, str]]) -> model.ValueMap:
    """Say what numbers mean: a word and its colour."""
    return model.ValueMap(
        options={
            str(number): model.ValueMappingResult(text=word, color=colour, index=place)
            for place, (number, (word, colour)) in enumerate(meanings.items())
        }
    )


def thresholds(amber: float, red: float) -> dashboard.ThresholdsConfig:
    """Colour by value: red where it is large, or, with the larger one first, where it is small."""
    low, high = sorted((amber, red))
    names = ("green", "amber", "red") if amber <= red else ("red", "amber", "green")
    steps = [
        model.Threshold(value=value, color=PAINT[name])
        for value, name in zip((None, low, high), names, strict=True)
    ]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def choice(name: str, label: str, query: str, *, several: bool = True) -> dashboard.QueryVariable:
    """Let people choose among the values of a label."""
    made = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )
    return made.multi(True).include_all(True).all_value(".+") if several else made


def made(
    uid: str,
    title: str,
    description: str,
    rows: Sequence[Row],
    variables: Sequence[dashboard.QueryVariable] = (),
    marks: Sequence[dashboard.AnnotationQuery] = (),
) -> model.Dashboard:
    """Put rows of panels under one another, with the variables that all dashboards have."""
    build = "slipwatch_build_info"
    instances = f'label_values({build}{{job=~"$job"}}, instance)'
    others = (
        dashboard.DashboardLink("slipwatch")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
    built = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-90d", "now")
        .refresh("5m")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(others)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(choice("job", "Job", f"label_values({build}, job)"))
        .with_variable(choice("instance", "Instance", instances))
    )
    for variable in variables:
        built = built.with_variable(variable)
    for mark in marks:
        built = built.annotation(mark)
    number, top = 0, 0
    for row in rows:
        left = 0
        for place in row.places:
            number += 1
            position = model.GridPos(h=row.height, w=place.width, x=left, y=top)
            panel = place.panel.id(number).grid_pos(position)
            built = built.with_panel(cast("Builder[model.Panel]", panel))
            left += place.width
        top += row.height
    return built.build()


def _begin(
    panel: P,
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    empty: str,
    table: bool = False,
) -> P:
    begun = (
        panel.title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .no_value(empty)
    )
    for query in queries:
        begun = begun.with_target(_target(query, table=table))
    return begun


def _target(query: Query, *, table: bool) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).ref_id(query.ref).datasource(DATASOURCE)
    if query.legend:
        made = made.legend_format(query.legend)
    if table:
        made = made.format(PromQueryFormat.TABLE)
    if query.step:
        made = made.interval(query.step)
    return made.range() if query.history else made.instant()
