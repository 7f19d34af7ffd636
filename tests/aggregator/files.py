"""Files of an operator, who says now this and now that of the same trackers (``edits``)."""

import random
from datetime import timedelta
from typing import Any

from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

from .edits import TODAY, VERSIONS


def file(source: str, rng: random.Random) -> SlipwatchSettings:
    """Write a file, or another one that says something else of the same trackers."""
    pay, web = ({"source": source, "project": scope} for scope in ("PAY", "WEB"))
    scope = [pay, web] if rng.random() < 0.5 else [web, pay]
    first = {
        "id": "first",
        "from": [
            rng.choice([{**pay, "version": rng.choice(VERSIONS[:2])}, {**web, "epic": "PAY-1"}])
        ],
        "commitment": TODAY + timedelta(rng.randint(1, 30)),
        "weight": rng.choice([1, 3]),
        "depends_on": [{"milestone": "web/first"}] if rng.random() < 0.5 else [],
    }
    loose = {"id": "loose", "from": [{**pay, "labels": ["evidence"]}], "owner": "ana"}
    projects: list[dict[str, Any]] = [
        {
            "id": "pay",
            "lead": "ana",
            "scope": rng.choice([[pay], scope]),
            "forecast_by": rng.choice(["items", "points"]),
            "discover": rng.choice([["versions"], ["versions", "sprints"], []]),
            "milestones": [first, loose][: rng.randint(1, 2)],
        },
        {"id": "web", "scope": [web], "discover": ["versions"], "milestones": [{"id": "first"}]},
    ]
    if rng.random() < 0.3:
        for project in projects:
            project["stream"] = "all"
    program: dict[str, Any] = {"id": source, "title": "Shop", "projects": projects}
    if rng.random() < 0.3:
        program["risks"] = [{"from": {**pay, "labels": ["evidence"]}}]
    told: dict[str, Any] = {"programs": [program]}
    told["timezone"] = rng.choice(["UTC", "Europe/Berlin", "Pacific/Auckland"])
    if rng.random() < 0.3:
        told["people"] = [{"id": "anna", "accounts": {source: ["ana", "eve"]}}]
    if rng.random() < 0.3:
        told["privacy"] = {"pseudonymise": True, "key": {"env": "KEY"}}
    settings = SlipwatchSettings.model_validate(told)
    return settings.model_copy(update={"sources": {source: SourceSettings(kind="jira")}})
