"""Versions of baselines as a table, each with what it changed."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.baselines import BaselineChange
from slipwatch.aggregator.portfolio.versions import BaselineVersion

from .printing import plain_table
from .text import plain, short


class Listed(Protocol):
    """A version, whose it is, and what it changed."""

    @property
    def milestone(self) -> str: ...
    @property
    def version(self) -> BaselineVersion: ...
    @property
    def change(self) -> BaselineChange | None: ...


def baselines_table(found: Iterable[Listed]) -> Table:
    """Show versions in the order they come in."""
    table = plain_table(
        "Milestone",
        "Version",
        "Recorded",
        "Start",
        "Finish",
        "Days",
        "Items",
        "Commitment",
        "Approved by",
        "Reference",
        "Reason",
        "Change",
    )
    for one in found:
        version = one.version
        table.add_row(
            one.milestone,
            str(version.version),
            str(version.recorded_on),
            *(
                "" if value is None else str(value)
                for value in (
                    version.start,
                    version.finish,
                    version.duration,
                    version.scope,
                    version.commitment,
                )
            ),
            *(
                Text(short(plain(text or ""), 80))
                for text in (version.approver, version.reference, _reason(version))
            ),
            "original" if one.change is None else ", ".join(_changes(one.change)) or "none",
        )
    return table


def _reason(version: BaselineVersion) -> str | None:
    """Say why there is a version; one that nobody approved is what stood when another was."""
    if version.approver is None and version.version > 1:
        return "what stood until then"
    return version.reason


def _changes(change: BaselineChange) -> Iterator[str]:
    for name, number, unit in (
        ("finish", change.finish, "wd"),
        ("commitment", change.commitment, "wd"),
        ("work", change.duration, "wd"),
        ("items", change.scope, ""),
    ):
        if number:
            yield f"{name} {number:+d}{unit}"
