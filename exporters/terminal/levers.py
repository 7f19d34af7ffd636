"""What can be done about a commitment, and what can be promised, in sentences and tables."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.whatif.levers import Levers, Turn
from slipwatch.aggregator.whatif.promise import Promise

from .printing import plain_table
from .tables import COLOURS
from .text import plain, short
from .whatif import say_change


def levers_tables(found: Levers) -> Group:
    """Show the cheapest single changes that are enough, colour by colour."""
    before = found.before
    heading = Text.assemble(
        (f"{short(plain(found.title))} ({found.milestone})", "bold"),
        " is ",
        (before.status, COLOURS[before.status]),
    )
    if before.commitment is not None and before.p_on_time is not None:
        heading.append(f", {percent(before.p_on_time)} by {before.commitment}")
    if found.reason is not None:
        return Group(heading, Text(f"No lever was looked for: {plain(found.reason)}."))
    parts = [part for turn in found.turns for part in _turn(turn)]
    return Group(heading, *parts)


def promise_text(found: Promise) -> str:
    """Say which day can be committed to, and how that compares with what is committed to now."""
    sure = f"{100 * found.confidence:.10g} %"
    lines: list[str] = []
    if found.day is None:
        lines.append(f"{found.milestone}: no day can be promised with {sure}.")
    else:
        lines.append(f"{found.milestone}: {found.day} with {sure}.")
    if found.commitment is not None:
        chance = "" if found.p_on_time is None else f", {percent(found.p_on_time)}"
        lines.append(f"It is committed to {found.commitment}{chance}.")
    if found.lower_bound is not None:
        lines.append(f"Not before {found.lower_bound}.")
    lines += [f"But {plain(reason)}." for reason in found.reasons]
    return "\n".join(lines) + "\n"


def _turn(turn: Turn) -> list[Text | Table]:
    colour = Text.assemble("\nTo ", (turn.to, COLOURS[turn.to]))
    if not turn.levers:
        colour.append(": no single lever does it.")
        return [colour]
    table = plain_table("Cost", "What", "P(on time)", "P50", "P85")
    for lever in turn.levers:
        after = lever.after
        table.add_row(
            f"{lever.cost:g}",
            say_change(lever.change),
            "" if after.p_on_time is None else percent(after.p_on_time),
            str(after.p50 or ""),
            str(after.p85 or ""),
        )
    return [colour, table]
