"""Projects of a small world: their flow, and how they keep their tracker."""

from collections.abc import Mapping
from typing import Any

from slipwatch.aggregator.portfolio.model import Project

from .convert import convert

STEADY = (5,) * 16


def projects_of(data: Mapping[str, Any]) -> tuple[Project, ...]:
    """Read ``projects`` by id, their leads.

    A project that says nothing of its weeks has finished and taken in five items in each of 16.
    """
    written: dict[str, dict[str, Any]] = {
        id_: {"lead": lead} for id_, lead in data.get("leads", {}).items()
    }
    for id_, fields in (data.get("projects") or {}).items():
        written.setdefault(id_, {}).update(fields or {})
    return tuple(_project(id_, fields) for id_, fields in written.items())


def _project(id_: str, fields: Mapping[str, Any]) -> Project:
    flow = {"weeks": 16, "arrived": STEADY, "finished": STEADY, **fields.get("flow", {})}
    defaults = {
        "id": id_,
        "title": id_.rpartition("/")[2].title(),
        "program": id_.partition("/")[0],
        "calendar": "std",
    }
    made: Project = convert({**defaults, **fields, "flow": flow}, Project)
    return made
