"""A portfolio as bytes: what a later day needs to tell why its forecast is another one.

Kept is what a forecast is made of; titles, addresses, evidence, and who does or did what, are not.
"""

from dataclasses import fields, replace
from typing import Any

import msgspec

from ..benefits.model import ProgramAims, ProjectAims, Strategy
from ..calendar import WorkCalendar
from ..communication.model import Talk
from ..money.model import Money
from ..portfolio.calibration import Resolved
from ..portfolio.model import Milestone, OpenItem, Portfolio
from ..portfolio.upkeep import Upkeep


def encode(portfolio: Portfolio) -> bytes:
    """Write a portfolio down; the same one gives the same bytes."""
    return Encoder().encode(portfolio)


class Encoder:
    """Writes one portfolio after the other; milestones that are as they were are not written again.

    It serves one portfolio after the other, not two at once.
    """

    def __init__(self) -> None:
        self._written: dict[str, tuple[Milestone, msgspec.Raw]] = {}

    def encode(self, portfolio: Portfolio) -> bytes:
        """Write a portfolio down; the same one gives the same bytes."""
        before = self._written
        self._written = {
            name: known
            if known is not None and (known[0] is milestone or known[0] == milestone)
            else (milestone, msgspec.Raw(_packed(_bare_milestone(milestone))))
            for name, milestone in portfolio.milestones.items()
            for known in [before.get(name)]
        }
        bare = _bare(portfolio)
        told = {field.name: getattr(bare, field.name) for field in fields(bare)}
        told["milestones"] = {name: raw for name, (_, raw) in self._written.items()}
        held = {program.id: program.calibration for program in portfolio.programs}
        resolved = {name: found for name, found in held.items() if isinstance(found, Resolved)}
        return _packed({"portfolio": told, "calibrations": resolved})


def decode(data: bytes) -> Portfolio | None:
    """Read what ``encode`` wrote; None where another version wrote it otherwise."""
    try:
        kept = msgspec.msgpack.decode(data, type=_Kept, dec_hook=_decode)
    except msgspec.DecodeError:
        return None
    return replace(
        kept.portfolio,
        programs=tuple(
            replace(program, calibration=kept.calibrations.get(program.id, program.calibration))
            for program in kept.portfolio.programs
        ),
    )


class _Kept(msgspec.Struct):
    """What is read again, by the same names."""

    portfolio: Portfolio
    calibrations: dict[str, Resolved]
    """By program: where earlier outcomes lay, by which forecasts are corrected."""


def _packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=_encode)


def _bare(portfolio: Portfolio) -> Portfolio:
    """Leave out what no forecast is made of, but for milestones, which are written one by one."""
    return replace(
        portfolio,
        programs=tuple(
            replace(
                program,
                register=None,
                gates=(),
                compliance=None,
                aims=ProgramAims(),
                reports=(),
                reported=None,
            )
            for program in portfolio.programs
        ),
        projects=tuple(
            replace(project, upkeep=Upkeep(), aims=ProjectAims(), reported=None)
            for project in portfolio.projects
        ),
        strategy=Strategy(),
        milestones={},
        dependencies=tuple(replace(d, evidence=()) for d in portfolio.dependencies),
        item_edges=(),
        sources=(),
        data_time=None,
        money=Money(),
        people=(),
        talk=Talk(),
        colours=(),
    )


def _bare_milestone(milestone: Milestone) -> Milestone:
    return replace(
        milestone,
        title="",
        url="",
        baselines=(),
        commitments=(),
        declared_baselines=(),
        tasks=None,
        open_items=tuple(_bare_item(item) for item in milestone.open_items),
        history=tuple(replace(seen, actor=None) for seen in milestone.history),
    )


def _bare_item(item: OpenItem) -> OpenItem:
    return replace(item, title="", url="", assignee=None)


def _encode(value: object) -> object:
    if isinstance(value, WorkCalendar):
        return value.to_bits()
    raise NotImplementedError(f"a portfolio holds no {type(value).__name__}")


def _decode(kind: type, value: Any) -> object:
    if kind is WorkCalendar:
        first, length, bits = value
        return WorkCalendar.from_bits(first, length, bits)
    raise NotImplementedError(f"a portfolio holds no {kind.__name__}")
