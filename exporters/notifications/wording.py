"""The words that all channels share."""

from ..wording import say_days
from .message import Line, Message

CHANGES = {
    "new": "New",
    "worse": "Worse",
    "escalated": "Escalated",
    "reminder": "Still open",
    "resolved": "Resolved",
    "waived": "Accepted",
}
IN_TRACKER, IN_SLIPWATCH = "Open in its tracker", "Open in slipwatch"
WHOLE_DOCUMENT, ACKNOWLEDGE = "Open all of it", "Acknowledge"
"""What links are called."""
ICONS = {"critical": "🔴", "high": "🔴", "medium": "🟠", "low": "🟡", "info": "🔵"}


def head(line: Line) -> str:
    """Say what happened to which finding: ``Worse, high: Launch (SCH-001)``."""
    severity = "" if is_over(line) else f", {line.severity}"
    return f"{CHANGES[line.change]}{severity}: {line.title} ({line.rule})"


def sentences(line: Line) -> list[str]:
    """Say the rest: what, how much it moved, why, whom it hits, what to do."""
    if is_over(line):
        return [f"It was open since {line.since}: {line.message}"]
    return [
        one
        for one in (
            line.message,
            _movement(line),
            line.cause,
            line.hits,
            f"To do: {line.todo}" if line.todo else "",
        )
        if one
    ]


def is_over(line: Line) -> bool:
    """Whether a line says that there is nothing left to do."""
    return line.change in ("resolved", "waived")


def footer(message: Message) -> str:
    """Say how many lines were left out, and as of when all that is."""
    more = f"… and {message.more} more. " if message.more else ""
    return f"{more}As of {message.as_of}."


def as_text(message: Message) -> str:
    """Write a whole message as plain text, without its title."""
    parts = [
        "\n".join([head(line), *(f"  {one}" for one in [*sentences(line), line.link] if one)])
        for line in message.lines
    ]
    links = "\n".join(f"{name}: {url}" for name, url in own_links(message))
    return "\n\n".join(filter(None, [*parts, links, footer(message)])) + "\n"


def own_links(message: Message) -> list[tuple[str, str]]:
    """List the links to our own pages, with what they are called."""
    links = [(ACKNOWLEDGE, message.acknowledge), (IN_SLIPWATCH, message.page)]
    return [(name, url) for name, url in links if url]


def _movement(line: Line) -> str:
    """Say how late it is, and how late it was when it was told last."""
    told = []
    if line.days is not None and line.days > 0:
        told.append(f"P50 is {say_days(line.days)} late")
        if line.days_before is not None and line.days_before != line.days:
            told.append(f"{say_days(line.days_before)} when last told")
    if line.severity_before is not None and line.severity_before != line.severity:
        told.append(f"{line.severity_before} before")
    if line.unanswered is not None:
        told.append(f"not acknowledged for {say_days(line.unanswered)}")
    if line.change == "reminder":
        told.append(f"open since {line.since}")
    return f"{', '.join(told)}.".capitalize() if told else ""
