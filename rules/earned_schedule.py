"""SCH: whether work is done as fast as the baseline has it, in time (Earned Schedule)."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.money.views import EarnedView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_day
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BehindBaseline(Rule):
    """The work of the baseline is done more slowly than it was planned.

    What it catches:
        A project (or a program with a budget of its own) whose schedule performance index in time,
        SPI(t), is under ``below``: medium, and under ``high_below`` high. Also high: once
        ``complete`` of the work is done, a rest that would have to go faster than planned by more
        than ``tspi``, or whose planned time is over. In the first ``weeks`` weeks nothing is said.
        Without a baseline the rule cannot tell.

    Why it matters:
        Unlike the index in money, SPI(t) does not drift back to 1 when a late project ends. Of 25
        projects that needed more than 1.10 after a fifth of the work, none recovered.

    Example that fires:
        After 4 weeks of 6 as much is done as was planned for 3.2: SPI(t) is 0.80, and the rest
        would have to go 1.4 times as fast as planned.

    What to do:
        Look which milestones of the project are behind, take scope out, or plan anew and get the
        new baseline approved.

    Source:
        Lipke, Earned Schedule, and The probability of project recovery. The weeks
        are ours.
    """

    id = "SCH-009"
    title = "Behind its baseline"
    severity = "medium"

    below: float = parameter(0.95, "A smaller index is a finding.", maximum=1)
    high_below: float = parameter(0.90, "A smaller one is a high finding.", maximum=1)
    tspi: float = parameter(1.10, "A rest that must go faster is a high finding.", minimum=1)
    complete: float = parameter(0.20, "From this share of the work done on.", maximum=1)
    weeks: int = parameter(2, "Nothing is said before so many weeks are over.")

    def judge(self, world: World) -> Iterator[Verdict]:
        planned = {milestone.model.project for milestone in world.milestones}
        for project in world.assessment.projects:
            if project.id in planned:
                yield self._judge(world, project.id, project.title, project.earned)
        for program in world.assessment.programs:
            if program.cost is not None and not program.cost.parts:
                yield self._judge(world, program.id, program.title, program.earned)

    def _judge(self, world: World, subject: str, name: str, earned: EarnedView | None) -> Verdict:
        if earned is None:
            return Unknown(subject, "no work of a baseline has begun")
        if earned.at < self.weeks:
            return NotApplicable(subject)
        if earned.earned >= 1:
            return Passed(subject)
        hopeless = earned.earned >= self.complete and (
            earned.tspi is None or earned.tspi > self.tspi
        )
        if earned.spi_t >= self.below and not hopeless:
            return Passed(subject)
        return Failed(
            subject=subject,
            severity="high" if hopeless or earned.spi_t < self.high_below else None,
            value=earned.spi_t,
            threshold=self.below,
            message=f"{name} has done in {earned.at:.1f} weeks what was planned for "
            f"{earned.es:.1f}{_rest(world, earned)}.",
            evidence={
                name: getattr(earned, name)
                for name in ("es", "at", "pd", "spi_t", "tspi", "earned", "expected_finish")
            },
        )


def _rest(world: World, earned: EarnedView) -> str:
    """Say what that means for the rest."""
    if earned.tspi is None:
        pace = f"; all of it was planned by {say_day(earned.finish, world.as_of)}"
    else:
        pace = f"; the rest would have to go {earned.tspi:.2f} times as fast as planned"
    if earned.expected_finish is None:
        return pace
    return f"{pace}, and ends on {say_day(earned.expected_finish, world.as_of)} as it goes"


RULES: tuple[type[Rule], ...] = (BehindBaseline,)
