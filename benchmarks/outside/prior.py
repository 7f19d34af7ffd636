"""Puts the shipped prior together, with where its numbers come from."""

import json
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from slipwatch.aggregator.forecast.prior import Prior, Provenance

from .inside import inside_view
from .learning import AGE_ROOT, learn
from .sets import box_slips, sprints, weekly_reports

STRENGTH: Final = 6.0
PACE_OFF: Final = 0.4


def learned(data: Path, work: Path) -> Prior:
    """Learn the prior from the public histories in a folder; loaded stores stay in ``work``."""
    projects, boxes = weekly_reports(data), sprints(data)
    inside, versions = inside_view(data, work)
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
            Provenance(
                name="Versions of Alloy over before 2014, and of DuraCloud over before August 2011",
                source="github.com/tidev/jira-archive, data/, commit "
                "5e177a1d0eb062d0ef950c87c4ba267f0c9ef350; github.com/morakotch/datasets at "
                "133a5f5 (M. Choetkiertikul et al., MSR 2015)",
                licence="Apache-2.0; none stated, nothing of the data itself is in this file",
                teaches="inside",
                units=versions,
            ),
        ),
        age_root=AGE_ROOT,
        milestone=learn([project.outcome() for project in projects]),
        sprint=learn(boxes),
        box_slips=box_slips(data),
        pace_off=PACE_OFF,
        strength=STRENGTH,
        inside=inside,
    )


def written(prior: Prior) -> str:
    """Write a prior as JSON, one row of a table on a line."""
    raw: dict[str, Any] = msgspec.to_builtins(prior)
    text = json.dumps(raw, indent=2)
    return re.sub(r"\[([\d\s.,-]+)\]", _on_one_line, text) + "\n"


def _on_one_line(row: re.Match[str]) -> str:
    return f"[{' '.join(row[1].split())}]"
