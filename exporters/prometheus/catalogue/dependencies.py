"""Metrics of what waits for what, and what slips cost others."""

from .. import samples
from ..causes import root_causes, slip_paths
from .metric import MILESTONE, Metric

TIE = ("milestone", "upstream", "type")

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_dependency_info",
        "The milestone waits for the upstream one; always 1.",
        (*TIE, "cross_project"),
        samples.dependency_info,
    ),
    Metric(
        "slipwatch_dependency_status",
        "1 for the dependency's status, 0 for the others.",
        (*TIE, "status"),
        samples.dependency_status,
    ),
    Metric(
        "slipwatch_dependency_slack_workdays",
        "Working days between the upstream milestone and the need for it; negative when violated.",
        TIE,
        samples.dependency_slack,
    ),
    Metric(
        "slipwatch_dependency_driving",
        "1 when the upstream milestone decides when the milestone can be done.",
        TIE,
        samples.dependency_driving,
    ),
    Metric(
        "slipwatch_dependency_cycles",
        "Circles of dependencies: those that can never be worked off, and those that can.",
        ("kind",),
        samples.cycles,
    ),
    Metric(
        "slipwatch_slip_impact_workdays",
        "By how many working days a commitment would be earlier without the cause's own slip.",
        ("cause", "milestone"),
        samples.impacts,
    ),
    Metric(
        "slipwatch_milestone_root_cause_info",
        "The milestone whose own slip costs this one the most working days; always 1.",
        (*MILESTONE, "root_cause"),
        root_causes,
    ),
    Metric(
        "slipwatch_slip_path_info",
        "The milestones along which a slip reaches a commitment; always 1.",
        ("cause", "milestone", "path"),
        slip_paths,
    ),
)
