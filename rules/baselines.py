"""GOV: dates that were promised, and changed without anybody who may."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from slipwatch.aggregator.baselines import Unapproved, unapproved_moves
from slipwatch.aggregator.portfolio.model import Withdrawn
from slipwatch.aggregator.portfolio.versions import BaselineVersion

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Unknown, Verdict
from .words import say_day
from .world import Subject, World


class ChangedWithoutApproval(MilestoneRule):
    """A commitment or a baseline was changed in the file, and no approval says so.

    What it catches:
        An open milestone whose commitment, or whose `baseline` in slipwatch.yaml, is another one
        than when it was last approved, or taken out, be it with the whole milestone. What the file
        said first counts as approved, and so does what it says when `slipwatch baseline set`
        records an approver, a reason and a reference. A milestone that is done may leave the file,
        and so may a whole program.

    Why it matters:
        A date that its owner can move alone is no commitment. Unnoticed changes of the plan are
        how a program is on time until its last day.

    Example that fires:
        API GA was committed for 15 January. Since 3 December the file says 1 February, and nobody
        has approved that.

    What to do:
        Put the old date back; or have the change approved, and record it: `slipwatch baseline set
        MILESTONE --approver WHO --reason WHY --reference WHERE`.

    Source:
        GAO-16-89G best practice 10: a baseline is changed by a documented, approved process.
    """

    id = "GOV-008"
    title = "Promise changed without approval"
    severity = "high"
    at_once = True

    def judge(self, world: World) -> Iterator[Verdict]:
        yield from super().judge(world)
        for gone in world.portfolio.withdrawn:
            yield self._withdrawn(world, gone)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        model = milestone.model
        declared = model.commitment, model.commitments, model.declared_baselines
        if milestone.over or not any(declared):
            return NotApplicable(milestone.id)
        if model.commitment is not None and not model.commitments:
            return Unknown(milestone.id, "the ledger has not seen its commitment yet")
        moves = unapproved_moves(model)
        if not moves:
            return Passed(milestone.id)
        return self._failed(
            world,
            milestone.id,
            f"{_said(world, milestone.name, moves[-1])}.",
            moves,
            model.baselines,
            milestone.days,
            milestone.links,
        )

    def _withdrawn(self, world: World, gone: Withdrawn) -> Verdict:
        moves = unapproved_moves(gone)
        if not moves:
            return Passed(gone.id)
        out = next((move for move in moves if move.after is None), moves[-1])
        said = f"{_said(world, gone.id, out)}: the milestone is not in the file any more."
        return self._failed(world, gone.id, said, moves, gone.baselines, world.workdays)

    def _failed(
        self,
        world: World,
        subject: str,
        said: str,
        moves: Sequence[Unapproved],
        versions: Sequence[BaselineVersion],
        days: Callable[[date, date], int],
        links: tuple[str, ...] = (),
    ) -> Verdict:
        approved = [one for one in versions if one.approver is not None]
        return Failed(
            subject=subject,
            value=float(len(moves)),
            threshold=0,
            message=f"{said} No approval of that is on record.",
            evidence={
                "changes": [
                    {
                        "what": move.what,
                        "from": move.before,
                        "to": move.after,
                        "seen": world.day_of(move.at),
                        "days": None if move.after is None else days(move.before, move.after),
                    }
                    for move in moves
                ],
                "approved": [
                    {
                        "version": one.version,
                        "recorded": one.recorded_on,
                        "approver": one.approver,
                        "reference": one.reference,
                    }
                    for one in approved[-1:]
                ],
            },
            links=links,
        )


RULES: tuple[type[Rule], ...] = (ChangedWithoutApproval,)


def _said(world: World, name: str, move: Unapproved) -> str:
    before, seen = (say_day(day, world.as_of) for day in (move.before, world.day_of(move.at)))
    if move.after is None:
        return f"The {move.what} of {name}, {before}, was taken out on {seen}"
    after = say_day(move.after, world.as_of)
    return f"The {move.what} of {name} moved from {before} to {after}, seen on {seen}"
