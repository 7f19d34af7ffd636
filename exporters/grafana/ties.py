"""Dependencies between milestones: which there are, which cannot be kept, and a table of them."""

from grafana_foundation_sdk.builders import table as tables

from .links import DEPENDENCIES, cell_link, page_link
from .links import MILESTONE as MILESTONE_PAGE
from .panels import PAINT, Query, arranged, column, listing, sorted_by, words
from .queries import copied, of, still_open

WAITING = "$program/.+"
"""Fits the ids of the milestones that wait."""

SLACK = "slipwatch_dependency_slack_workdays"
TIE = "milestone, upstream, type"
_STATES = {2: "broken", 1: "violated", 0: "ok"}
_COLUMNS = (
    ("Value #status", "Status"),
    ("milestone", "Milestone"),
    ("upstream", "Waits for"),
    ("Value #slack", "Slack (working days)"),
    ("Value #drives", "Drives"),
    ("type", "Type"),
)


def ties(metric: str, waiting: str, **labels: str) -> str:
    """Select a metric of the ties of the milestones whose ids fit ``waiting``."""
    return of(metric, milestone=waiting, **labels)


def violated(waiting: str) -> str:
    """Select the ties that cannot be kept."""
    return f"{ties('slipwatch_dependency_status', waiting, status='violated|broken')} == 1"


def at_risk(waiting: str) -> str:
    """Select the ties that drive something open while what is waited for is in trouble itself."""
    driving = ties("slipwatch_dependency_driving", waiting)
    trouble = still_open(of("slipwatch_milestone_status", status="amber|red"))
    upstream = copied(f"max by (milestone) ({trouble}) == 1", "milestone", "upstream")
    held = (
        f"({driving} == 1\nand on (upstream) {upstream}\nunless on ({TIE}) ({violated(waiting)}))"
    )
    return still_open(held)


def waits() -> tables.Panel:
    """List what a milestone waits for."""
    return _listed(
        "What it waits for",
        "What the milestone waits for, and how many working days there are between the two; what "
        "drives decides when the milestone can be done.",
        ties("slipwatch_dependency_info", "$milestone"),
        "$milestone",
        held=("ok", PAINT["green"]),
        empty="It waits for no other milestone",
    ).links([page_link("All dependencies", DEPENDENCIES)])


def in_trouble() -> tables.Panel:
    """List the dependencies of a program that are violated or at risk."""
    return _listed(
        "Violated and at risk",
        "Dependencies that cannot be kept, and those that decide when a milestone can be done "
        "while what it waits for is amber or red itself; the least slack first.",
        f"{violated(WAITING)}\n  or on ({TIE}) ({at_risk(WAITING)})",
        WAITING,
        held=("at risk", PAINT["amber"]),
        empty="Every dependency can be kept, and nothing in trouble is waited for",
    )


def _listed(
    title: str, description: str, some: str, waiting: str, *, held: tuple[str, str], empty: str
) -> tables.Panel:
    """List some ties; ``held`` is the word and the colour for those that are not violated."""
    states = "\n  or ".join(
        f"{ties('slipwatch_dependency_status', waiting, status=word)} * {number}"
        for number, word in _STATES.items()
    )
    queries = (
        ("status", states),
        ("slack", ties(SLACK, waiting)),
        ("drives", ties("slipwatch_dependency_driving", waiting)),
    )
    table = listing(
        title,
        description,
        [
            Query(expr=f"max by ({TIE}) (\n{query}\n)\nand on ({TIE}) ({some})", ref=ref)
            for ref, query in queries
        ],
        empty=empty,
    )
    shown = {2: ("broken", PAINT["red"]), 1: ("violated", PAINT["red"]), 0: held}
    status = column(mappings=[words(shown)], custom_cellOptions={"type": "color-background"})
    drives = words({1: ("yes", PAINT["grey"]), 0: ("no", PAINT["grey"])})
    open_it = cell_link("Open the milestone", MILESTONE_PAGE, "milestone")
    open_awaited = cell_link("Open the milestone", MILESTONE_PAGE, "milestone", "upstream")
    return (
        table.with_transformation(arranged(_COLUMNS))
        .sort_by([sorted_by("Slack (working days)")])
        .override_by_name("Status", status)
        .override_by_name("Drives", column(mappings=[drives]))
        .override_by_name("Milestone", column(links=[open_it]))
        .override_by_name("Waits for", column(links=[open_awaited]))
    )
