"""The dependency network: dates, floats, drivers and who delays whom (DOMAIN.md 1.4 and 3).

>>> network = Network(activities, edges)
>>> schedule = network.schedule(as_of)          # dates, in all trials at once
>>> floats(schedule, groups=..., commitments=...), trace(schedule), schedule.violations()
>>> attribute_all(network, baselines, as_of), hits(network, baselines, as_of)
"""

from ..calendar import display_finish, display_start
from .attribution import Attribution, CauseShare, Hit, attribute, attribute_all, hits
from .baseline import BaselineState
from .drivers import Trace, trace
from .floats import Floats, floats
from .model import Activity, Edge
from .schedule import Network, Schedule

__all__ = [
    "Activity",
    "Attribution",
    "BaselineState",
    "CauseShare",
    "Edge",
    "Floats",
    "Hit",
    "Network",
    "Schedule",
    "Trace",
    "attribute",
    "attribute_all",
    "display_finish",
    "display_start",
    "floats",
    "hits",
    "trace",
]
