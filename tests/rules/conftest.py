"""Small worlds for rules, written as plain data."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from slipwatch.aggregator.assessment import (
    Assessment,
    Cause,
    CycleView,
    Dates,
    Forecast,
    Hit,
    MilestoneView,
    Movement,
    Network,
    ProgramView,
    ProjectView,
    ScopeView,
    Slip,
    SourceView,
)
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.indexes.views import MilestoneIndexes
from slipwatch.aggregator.portfolio.model import Dependency, Milestone, Portfolio, Stream, Withdrawn
from slipwatch.aggregator.portfolio.sources import SourceState
from slipwatch.rules.world import World
from tests.rules.worlds.aims import with_aims
from tests.rules.worlds.money import with_money

from .worlds.convert import convert as _convert
from .worlds.governance import add_governance
from .worlds.people import add_people
from .worlds.projects import projects_of

BuildWorld = Callable[[Mapping[str, Any]], World]

MONDAY = date(2026, 1, 5)
CALENDARS = {
    "default": WorkCalendar({1, 2, 3, 4, 5}),
    "std": WorkCalendar({1, 2, 3, 4, 5}),
    "plant": WorkCalendar({7, 1, 2, 3, 4}),
}
VIEW_PARTS = {"forecast", "network", "slip", "caused_by", "movement", "indexes", "hits"}


@pytest.fixture
def build_world() -> BuildWorld:
    """Give the builder: ``as_of``, ``milestones`` by id, ``dependencies``, ``cycles``, …

    ``project_views`` and ``program_views`` hold fields by id.
    """
    return world_of


def world_of(data: Mapping[str, Any]) -> World:
    """Build a world of milestones whose fields are those of the model and four of the view."""
    as_of = data.get("as_of", MONDAY)
    models = {id_: _milestone(id_, fields) for id_, fields in data.get("milestones", {}).items()}
    sources = _convert(data.get("sources", []), tuple[SourceState, ...])
    portfolio = Portfolio(
        as_of=as_of,
        timezone=data.get("timezone", "UTC"),
        projects=projects_of(data),
        milestones=dict(sorted(models.items())),
        dependencies=_convert(
            [_arrow(entry) for entry in data.get("dependencies", [])], tuple[Dependency, ...]
        ),
        streams=_convert(
            {
                id_: {"id": id_, "calendar": "std", **s}
                for id_, s in data.get("streams", {}).items()
            },
            dict[str, Stream],
        ),
        calendars=CALENDARS,
        sources=sources,
        withdrawn=_convert(data.get("withdrawn", []), tuple[Withdrawn, ...]),
    )
    assessment = Assessment(
        schema="slipwatch/assessment/1",
        timezone=portfolio.timezone,
        as_of=as_of,
        generated_at=datetime(2026, 1, 5, tzinfo=UTC),
        seed=0,
        trials=1000,
        sources=tuple(
            SourceView(name=s.name, status=s.status.value, last_success=s.last_success)
            for s in sources
        ),
        milestones=tuple(
            _view(models[id_], fields) for id_, fields in data.get("milestones", {}).items()
        ),
        dependencies=(),
        cycles=_convert(data.get("cycles", []), tuple[CycleView, ...]),
        compared_with=data.get("compared_with"),
        projects=tuple(
            _convert({**_project(id_), **fields}, ProjectView)
            for id_, fields in data.get("project_views", {}).items()
        ),
        programs=tuple(
            _convert({**_program(id_), **data.get("program_views", {}).get(id_, {})}, ProgramView)
            for id_ in sorted(
                {model.program for model in models.values()} | set(data.get("program_views", {}))
            )
        ),
    )
    portfolio, assessment = add_governance(data, portfolio, assessment, _convert)
    assessment = with_money(data, assessment, _convert)
    assessment = with_aims(data, assessment, _convert)
    return World(*add_people(data, portfolio, assessment, _convert))


def _milestone(id_: str, fields: Mapping[str, Any]) -> Milestone:
    program, project, name = id_.split("/")
    own = {key: value for key, value in fields.items() if key not in VIEW_PARTS}
    defaults = {
        "id": id_,
        "title": name.replace("-", " ").title(),
        "program": program,
        "project": f"{program}/{project}",
        "calendar": "std",
        "url": f"https://tracker.example/{name}",
        "tracked": True,
    }
    milestone: Milestone = _convert({**defaults, **own}, Milestone)
    return milestone


def _view(model: Milestone, fields: Mapping[str, Any]) -> MilestoneView:
    return MilestoneView(
        id=model.id,
        title=model.title,
        program=model.program,
        project=model.project.partition("/")[2],
        url=model.url,
        owner=model.owner,
        weight=model.weight,
        status="green",
        reasons=(),
        dates=Dates(plan=model.plan, commitment=model.commitment, actual=model.actual),
        forecast=_convert({"method": "throughput", **fields.get("forecast", {})}, Forecast),
        network=_convert(fields.get("network", {}), Network),
        slip=_convert(fields.get("slip", {}), Slip),
        scope=ScopeView(done=model.scope.done, remaining=model.scope.remaining),
        caused_by=_convert(fields.get("caused_by", []), tuple[Cause, ...]),
        movement=_convert(fields.get("movement"), Movement | None),
        indexes=_convert(fields.get("indexes", {}), MilestoneIndexes),
        hits=_convert(fields.get("hits", []), tuple[Hit, ...]),
    )


def _project(id_: str) -> dict[str, Any]:
    title = id_.partition("/")[2].title()
    return {
        "id": id_,
        "title": title,
        "program": id_.partition("/")[0],
        "lead": None,
        "status": "green",
    }


def _program(id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "title": id_,
        "sponsor": None,
        "manager": None,
        "status": "green",
        "reasons": [],
    }


def _arrow(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``{link: "a -> b", …}``."""
    upstream, downstream = entry["link"].split(" -> ")
    rest = {key: value for key, value in entry.items() if key != "link"}
    return {"upstream": upstream, "downstream": downstream, **rest}
