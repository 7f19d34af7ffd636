"""Queries that several panels ask, each with the selectors that every dashboard filters by."""

SELECTED = 'job=~"$job", instance=~"$instance"'
PROGRAM = f'{SELECTED}, program="$program"'
PROJECT = f'{SELECTED}, project="$project"'
MILESTONE = f'{SELECTED}, milestone="$milestone"'

DAY = 86_400
"""Seconds."""

COLOURS = {"red": 3, "amber": 2, "green": 1, "grey": 0}
"""Statuses by gravity, as numbers that a panel can map back to words."""


def of(metric: str, where: str = SELECTED, **labels: str) -> str:
    """Select a metric; a value with ``|`` or ``+`` is a regular expression."""
    more = "".join(
        f', {label}{"=~" if {"|", "+"} & set(value) else "="}"{value}"'
        for label, value in labels.items()
    )
    return f"{metric}{{{where}{more}}}"


def still_open(query: str, where: str = SELECTED) -> str:
    """Leave out what is about milestones that are done."""
    done = of("slipwatch_milestone_completed_timestamp_seconds", where)
    return f"{query}\nunless on (milestone) {done}"


def status(metric: str, by: str, where: str = SELECTED) -> str:
    """Give a status as a number, see ``COLOURS``."""
    parts = "\n  or ".join(
        f"{of(metric, where, status=colour)} * {number}" for colour, number in COLOURS.items()
    )
    return f"max by ({by}) (\n  {parts}\n)"


def slip(where: str = SELECTED, against: str = "commitment") -> str:
    """Give the slip of every milestone that is open, in working days."""
    return still_open(of("slipwatch_milestone_slip_workdays", where, against=against), where)


def day(query: str) -> str:
    """Give the end of a day as a moment of that day, in milliseconds: it ends with the next one."""
    return f"((\n{query}\n) - 1) * 1000"


def painted(query: str, **labels: str) -> str:
    """Add labels, each with one value."""
    for label, value in labels.items():
        query = f'label_replace(\n{query},\n"{label}", "{value}", "", "")'
    return query


def copied(query: str, label: str, name: str, pattern: str = "(.*)") -> str:
    """Give (a part of) a label a second name."""
    return f'label_replace(\n{query},\n"{name}", "$1", "{label}", "{pattern}")'


def per_milestone(query: str) -> str:
    """Keep only the labels by which a table joins its columns."""
    return f"max by (program, project, milestone) (\n{query}\n)"


def entitled(query: str, where: str = SELECTED) -> str:
    """Add title, page and owner of each milestone."""
    info = of("slipwatch_milestone_info", where)
    return (
        f"{per_milestone(query)}\n* on (program, project, milestone) "
        f"group_left (title, url, milestone_owner)\n"
        f"max by (program, project, milestone, title, url, milestone_owner) ({info})"
    )
