"""Metrics of projects: their flow, their people, their dated items."""

from .. import delays, samples
from .metric import PROJECT, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_project_info",
        "What a project is called and who leads it; always 1.",
        ("program", "project", "title", "lead"),
        samples.project_info,
    ),
    Metric(
        "slipwatch_project_status",
        "1 for the project's status, 0 for the others.",
        ("program", "project", "status"),
        samples.project_status,
    ),
    Metric(
        "slipwatch_project_items",
        "Items of the project: not begun, in work, and done; dropped ones do not count.",
        ("program", "project", "state"),
        samples.project_items,
    ),
    Metric(
        "slipwatch_project_blocked_items",
        "Open items of the project that are flagged or wait for another open item.",
        PROJECT,
        samples.per_project(lambda flow: flow.blocked),
    ),
    Metric(
        "slipwatch_project_aging_items",
        "Items in work for longer than 85 of the project's last 100 finished items were.",
        PROJECT,
        samples.per_project(lambda flow: flow.aging),
    ),
    Metric(
        "slipwatch_project_throughput_items",
        "Items of the project that were finished in the last seven days.",
        PROJECT,
        samples.per_project(lambda flow: flow.finished_lately),
    ),
    Metric(
        "slipwatch_project_cycle_time_seconds",
        "How long the project's last 100 finished items were in work, counted in whole days.",
        ("program", "project", "quantile"),
        samples.cycle_times,
        kind="summary",
    ),
    Metric(
        "slipwatch_project_people",
        "How many people have open items of the project.",
        PROJECT,
        samples.per_project(lambda flow: flow.people),
    ),
    Metric(
        "slipwatch_project_doing_items_per_person",
        "Items in work for each person who has any, on average.",
        PROJECT,
        samples.per_project(lambda flow: flow.doing_per_person),
    ),
    Metric(
        "slipwatch_project_recently_done_items",
        "Items of the project that were finished in the last eight weeks.",
        PROJECT,
        samples.per_project(lambda flow: flow.finished_in_eight_weeks),
    ),
    Metric(
        "slipwatch_project_key_person_ratio",
        "The largest share of those that is one person's; absent with fewer than 20.",
        PROJECT,
        samples.per_project(lambda flow: flow.key_person_share),
    ),
    Metric(
        "slipwatch_project_dated_items",
        "Open items of the project's milestones that have a due date or are in a sprint.",
        PROJECT,
        delays.per_project(lambda found: found.dated),
    ),
    Metric(
        "slipwatch_project_expected_late_items",
        "How many of those are late in the end, by the sum of their probabilities.",
        PROJECT,
        delays.per_project(lambda found: found.expected),
    ),
    Metric(
        "slipwatch_project_likely_late_items",
        "How many of those will rather be late than not.",
        PROJECT,
        delays.per_project(lambda found: found.likely),
    ),
    Metric(
        "slipwatch_item_late_probability",
        "Probability from 0 to 1 that an open item misses its day; the likeliest 200.",
        ("item",),
        delays.per_item,
        per_item=True,
    ),
)
