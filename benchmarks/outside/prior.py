"""Puts the shipped prior together, with where its numbers come from."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from slipwatch.aggregator.forecast.prior import Prior, Provenance

from .learning import AGE_SHARE, learn
from .sets import sprints, weekly_reports

STRENGTH: Final = 6.0
PACE_OFF: Final = 0.4


def learned(data: Path) -> Prior:
    """Learn the prior from the public histories in a folder."""
    projects, boxes = weekly_reports(data), sprints(data)
    return Prior(
        schema="slipwatch/prior/1",
        provenance=(
            Provenance(
                name="Weekly status reports of 61 projects, 1999 to 2002",
                source="T. Little, IEEE Software 23(3), 2006; github.com/Derek-Jones/"
                "ESEUR-code-data, projects/Little06.csv.xz, commit "
                "1a49d102b38680531cb1d79ca131510b11b64e06",
                licence="none stated; nothing of the data itself is in this file",
                teaches="milestone",
                units=len(projects),
            ),
            Provenance(
                name="Sprints of the Titanium projects that closed before 2016",
                source="github.com/tidev/jira-archive, data/, commit "
                "5e177a1d0eb062d0ef950c87c4ba267f0c9ef350",
                licence="Apache-2.0",
                teaches="sprint",
                units=len(boxes),
            ),
        ),
        age_share=AGE_SHARE,
        milestone=learn([project.outcome() for project in projects]),
        sprint=learn(boxes),
        pace_off=PACE_OFF,
        strength=STRENGTH,
    )


def written(prior: Prior) -> str:
    """Write a prior as JSON, one row of a table on a line."""
    raw: dict[str, Any] = msgspec.to_builtins(prior)
    text = json.dumps(raw, indent=2)
    for kind in ("milestone", "sprint"):
        for row in (*raw[kind]["table"], raw[kind]["levels"], raw[kind]["stages"]):
            for indent in (8, 6, 4):
                inner = ",\n".join(f"{' ' * indent}{json.dumps(each)}" for each in row)
                text = text.replace(f"[\n{inner}\n{' ' * (indent - 2)}]", json.dumps(row))
    return text + "\n"
