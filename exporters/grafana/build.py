"""The files of the dashboards, made from code: the same code gives the same bytes."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from .dependencies import dependencies
from .milestone import milestone
from .portfolio import portfolio
from .program import program
from .project import project
from .self_monitoring import self_monitoring

DASHBOARDS = (portfolio, program, project, milestone, dependencies, self_monitoring)


def made_dashboards() -> dict[str, str]:
    """Make every dashboard; give the text of each file by its name."""
    made = (make() for make in DASHBOARDS)
    return {
        f"{one.uid}.json": json.dumps(one, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        for one in made
    }
