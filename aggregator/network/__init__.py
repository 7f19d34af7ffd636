"""The dependency network: dates, floats, drivers and who delays whom (DOMAIN.md 1.4 and 3).

>>> network = Network(activities, edges)
>>> schedule = network.schedule(as_of)          # dates, in all trials at once
>>> floats(schedule, groups=..., commitments=...), trace(schedule), schedule.violations()
>>> leverage(schedule, trace(schedule), groups, targets)
>>> simulation = simulate(network, as_of, finish, sampled=..., blocked=...)
>>> criticality(simulation, groups, durations)
>>> study = Study(network, baselines, as_of)
>>> study.attributions(targets), study.hits(), chances(study.comparison, as_of, ...)
"""

from ..calendar import display_finish, display_start
from .attribution import Attribution, CauseShare, Hit, Study, attribute, attribute_all, hits
from .baseline import BaselineState
from .chances import Chances, chances
from .criticality import Criticality, criticality
from .drivers import Trace, trace
from .floats import Floats, floats
from .leverage import Leverage, leverage
from .model import Activity, Edge
from .orders import Share
from .schedule import Network, Schedule
from .simulation import Simulation, simulate

__all__ = [
    "Activity",
    "Attribution",
    "BaselineState",
    "CauseShare",
    "Chances",
    "Criticality",
    "Edge",
    "Floats",
    "Hit",
    "Leverage",
    "Network",
    "Schedule",
    "Share",
    "Simulation",
    "Study",
    "Trace",
    "attribute",
    "attribute_all",
    "chances",
    "criticality",
    "display_finish",
    "display_start",
    "floats",
    "hits",
    "leverage",
    "simulate",
    "trace",
]
