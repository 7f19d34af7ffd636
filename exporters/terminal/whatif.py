"""What would be otherwise, as a table."""

from datetime import date

from rich.console import Group
from rich.text import Text

from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.whatif.answer import Answer, ChangeView, Difference, Standing

from .printing import plain_table
from .tables import COLOURS
from .text import plain, short

_WORDS = {
    "slip": "{subject} slips by {size} of its own",
    "pull": "{subject} is pulled forward by {size} of its own",
    "pace": "{subject} works at {value} times its pace",
    "more": "{subject} holds {size} {items} more",
    "fewer": "{subject} holds {size} {items} fewer",
    "drop": "{downstream} waits for {upstream} no more",
    "type": "{downstream} waits for {upstream} as {value}",
    "commit": "{subject} is committed to {value}",
    "close": "nobody works by the calendar {subject} on {value}",
    "open": "the calendar {subject} is worked on {value}",
}


def say_change(change: ChangeView) -> str:
    """Say one change as half a sentence."""
    negative = change.value.startswith("-")
    kind = change.kind
    if kind == "slip" and negative:
        kind = "pull"
    elif kind == "scope":
        kind = "fewer" if negative else "more"
    upstream, _, downstream = plain(change.subject).partition(" -> ")
    return _WORDS[kind].format(
        subject=plain(change.subject),
        upstream=upstream,
        downstream=downstream,
        value=change.value,
        size=(size := change.value.lstrip("+-")),
        items="item" if size == "1" else "items",
    )


def whatif_tables(answer: Answer) -> Group:
    """Show what is assumed, and every milestone that is otherwise then."""
    assumed = [f"What if {say_change(change)}" for change in answer.changes]
    heading = Text("\n".join(assumed), "bold")
    if not answer.milestones:
        return Group(heading, Text(""), Text("No milestone is any other than before."))
    table = plain_table("Status", "Milestone", "Title", "Commitment", "P(on time)", "P50", "P85")
    for found in answer.milestones:
        before, after = found.before, found.after
        table.add_row(
            _status(before, after),
            found.id,
            Text(short(plain(found.title), 60)),
            _pair(str(before.commitment or ""), str(after.commitment or "")),
            _pair(_chance(before), _chance(after)),
            _moved(_finish(before), _finish(after), found.p50_days),
            _moved(before.p85, after.p85, found.p85_days),
        )
    return Group(heading, Text(""), table, Text(""), Text(_summary(answer.milestones)))


def _status(before: Standing, after: Standing) -> Text:
    if before.status == after.status:
        return Text(after.status, COLOURS[after.status])
    return Text.assemble(
        (before.status, COLOURS[before.status]), " → ", (after.status, COLOURS[after.status])
    )


def _chance(standing: Standing) -> str:
    return "" if standing.p_on_time is None else percent(standing.p_on_time)


def _finish(standing: Standing) -> date | str | None:
    if standing.p50 is None and standing.lower_bound is not None:
        return f"not before {standing.lower_bound}"
    return standing.p50


def _moved(before: date | str | None, after: date | str | None, days: int | None) -> str:
    by = f" ({days:+d})" if days else ""
    return _pair(str(before or "unknown"), str(after or "unknown")) + by


def _pair(before: str, after: str) -> str:
    return after if before == after else f"{before or 'none'} → {after or 'none'}"


def _summary(found: tuple[Difference, ...]) -> str:
    worse = sum(1 for one in found if (one.p50_days or 0) > 0)
    better = sum(1 for one in found if (one.p50_days or 0) < 0)
    count = "1 milestone differs" if len(found) == 1 else f"{len(found)} milestones differ"
    return f"{count}: {worse} later, {better} earlier at P50."
