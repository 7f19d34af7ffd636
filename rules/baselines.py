"""GOV: dates that were promised, and changed without anybody who may."""

from slipwatch.aggregator.baselines import Unapproved, unapproved_moves

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Unknown, Verdict
from .words import say_day
from .world import Subject, World


class ChangedWithoutApproval(MilestoneRule):
    """A commitment or a baseline was changed in the file, and no approval says so.

    What it catches:
        An open milestone whose commitment, or whose `baseline` in slipwatch.yaml, is another one
        than when it was last approved, or taken out. What the file said first counts as approved,
        and so does what it says when `slipwatch baseline set` records an approver, a reason and a
        reference.

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
        approved = [one for one in model.baselines if one.approver is not None]
        return Failed(
            subject=milestone.id,
            value=float(len(moves)),
            threshold=0,
            message=f"{_said(world, milestone, moves[-1])} No approval of that is on record.",
            evidence={
                "changes": [
                    {
                        "what": move.what,
                        "from": move.before,
                        "to": move.after,
                        "seen": world.day_of(move.at),
                        "days": None
                        if move.after is None
                        else milestone.days(move.before, move.after),
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
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (ChangedWithoutApproval,)


def _said(world: World, milestone: Subject, move: Unapproved) -> str:
    before, seen = (say_day(day, world.as_of) for day in (move.before, world.day_of(move.at)))
    if move.after is None:
        return f"The {move.what} of {milestone.name}, {before}, was taken out on {seen}."
    after = say_day(move.after, world.as_of)
    return f"The {move.what} of {milestone.name} moved from {before} to {after}, seen on {seen}."
