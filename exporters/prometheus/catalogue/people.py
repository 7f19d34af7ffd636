"""Metrics of colours by dimension, of reported statuses, and of people without their names."""

from .. import people
from .metric import PROGRAM, PROJECT, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_program_health",
        "1 for the worst colour of the program's dimensions, 0 for the others.",
        ("program", "status"),
        people.program_health,
    ),
    Metric(
        "slipwatch_program_dimension_status",
        "1 for the colour of each dimension of the program, 0 for the others.",
        ("program", "dimension", "status"),
        people.program_dimensions,
    ),
    Metric(
        "slipwatch_program_commitment_weight",
        "The weight of the program's open commitments by colour: how the worst came about.",
        ("program", "status"),
        people.program_weights,
    ),
    Metric(
        "slipwatch_program_reported_status",
        "1 for the status that people report of the program themselves, 0 for the others.",
        ("program", "status"),
        people.program_reported,
    ),
    Metric(
        "slipwatch_program_reported_gap_levels",
        "By how many levels that is better than what is measured; negative where it is worse.",
        PROGRAM,
        people.program_gap,
    ),
    Metric(
        "slipwatch_project_health",
        "1 for the worst colour of the project's dimensions, 0 for the others.",
        ("program", "project", "status"),
        people.project_health,
    ),
    Metric(
        "slipwatch_project_dimension_status",
        "1 for the colour of each dimension of the project, 0 for the others.",
        ("program", "project", "dimension", "status"),
        people.project_dimensions,
    ),
    Metric(
        "slipwatch_project_reported_status",
        "1 for the status that people report of the project themselves, 0 for the others.",
        ("program", "project", "status"),
        people.project_reported,
    ),
    Metric(
        "slipwatch_project_reported_gap_levels",
        "By how many levels that is better than what is measured; negative where it is worse.",
        PROJECT,
        people.project_gap,
    ),
    Metric(
        "slipwatch_project_allocated_people",
        "Full-time people whose time is planned for the project today.",
        PROJECT,
        people.allocated,
    ),
    Metric(
        "slipwatch_project_overallocated_people",
        "How many of the project's people have more planned today than they work.",
        PROJECT,
        people.overallocated,
    ),
    Metric(
        "slipwatch_stream_needed_items_per_week",
        "Items a week that the open commitments of a team need together.",
        ("stream",),
        people.stream_needed,
    ),
    Metric(
        "slipwatch_stream_pace_items_per_week",
        "Items that the team finishes in a usual week, the median of its last ones.",
        ("stream",),
        people.stream_pace,
    ),
)
"""In the order of docs/metrics.md."""
