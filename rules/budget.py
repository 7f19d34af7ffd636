"""BUD: money that runs out before the work is done, and budgets that nobody approved."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.percent import percent

from .accounts import FOUR_WEEKS, Account, CostRule, accounts, before, figures
from .base import Failed, NotApplicable, Passed, Rule, Verdict, parameter
from .words import say_count, say_day
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class CostInefficient(CostRule):
    """The work done has cost more than it was to cost.

    What it catches:
        A budget whose cost performance index (CPI, earned value by actual cost) is under
        ``below``; under ``high_below`` the finding is high. Without actuals, or without a baseline
        to tell what is earned, the rule cannot tell.

    Why it matters:
        The index hardly ever recovers: what the first part of the work costs too much is what the
        rest will. Each week that it is known earlier leaves more scope to choose from.

    Example that fires:
        Work worth 90,000 EUR is done and 120,000 EUR are spent: every euro has earned 75 cents,
        and the budget of 200,000 EUR will end at 266,667.

    What to do:
        Find what costs more than was planned: rates, hours or rework. Then take scope out, or ask
        for the money now.

    Source:
        PMI Standard for Earned Value Management; DCMA surveillance.
    """

    id = "BUD-001"
    title = "Costs more than planned"
    severity = "medium"

    below: float = parameter(0.95, "A smaller index is a finding.", maximum=1)
    high_below: float = parameter(0.90, "A smaller one is a high finding.", maximum=1)

    def judge_account(self, world: World, account: Account) -> Verdict | None:
        cost = account.cost
        if cost.ac == 0:
            return NotApplicable(account.subject)
        if cost.cpi is None or cost.ev is None or cost.ac is None:
            return None
        if cost.cpi >= self.below:
            return Passed(account.subject)
        then = before(cost, world.as_of - FOUR_WEEKS)
        earlier = (
            then.ev / then.ac if then is not None and then.ev is not None and then.ac else None
        )
        return Failed(
            subject=account.subject,
            severity="high" if cost.cpi < self.high_below else None,
            value=cost.cpi,
            threshold=self.below,
            message=f"{account.name} has spent {account.said(cost.ac)} on work worth "
            f"{account.said(cost.ev)}: its CPI is {cost.cpi:.2f}.",
            evidence={
                **figures(cost),
                "cpi_four_weeks_ago": earlier and round(earlier, 4),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentAheadOfWork(CostRule):
    """More of the money is gone than of the work.

    What it catches:
        A budget of which the share that is spent is larger than the share that is earned, by more
        than ``above``; by more than ``high_above`` the finding is high.

    Why it matters:
        It needs no plan to be seen, and it is what a steering group asks first: is there enough
        left for what is left?

    Example that fires:
        60 % of the budget is spent, and 45 % of the baseline is done.

    What to do:
        Compare what is left of both, and decide what is not built, or what more may be spent.

    Source:
        DCMA-EA PAM 200.1 (percent spent against percent complete).
    """

    id = "BUD-002"
    title = "Spent ahead of the work"
    severity = "medium"

    above: float = parameter(0.10, "A larger difference is a finding.", maximum=1)
    high_above: float = parameter(0.20, "A larger one is a high finding.", maximum=1)

    def judge_account(self, world: World, account: Account) -> Verdict | None:
        spent, complete = account.cost.spent, account.cost.complete
        if spent is None or complete is None:
            return None
        ahead = round(spent - complete, 4)
        if ahead <= self.above:
            return Passed(account.subject)
        return Failed(
            subject=account.subject,
            severity="high" if ahead > self.high_above else None,
            value=ahead,
            threshold=self.above,
            message=f"{account.name} has spent {percent(spent)} of its budget for "
            f"{percent(complete)} of the work.",
            evidence={**figures(account.cost), "spent": spent, "complete": complete},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUnreachable(CostRule):
    """The rest would have to be done far more efficiently than the past was.

    What it catches:
        A budget that the rest of the work can only keep with an efficiency (TCPI) of more than
        ``above``, or that is used up while work is left: high. And an estimate of the manager
        whose efficiency is another one than that of the past (CPI) by more than ``apart``: medium,
        for it is no estimate but a wish.

    Why it matters:
        Of 25 projects that needed more than 1.10, practically none recovered. Beyond it the
        question is not how to save, but what the new budget is.

    Example that fires:
        Of 200,000 EUR 120,000 are spent and work worth 110,000 is left: each of the 80,000 left
        would have to earn 1.38.

    What to do:
        Agree on a new budget or a smaller scope, or replace the estimate by one that the past
        supports.

    Source:
        Lipke, The probability of project recovery (TCPI 1.10).
    """

    id = "BUD-003"
    title = "Budget out of reach"
    severity = "high"

    above: float = parameter(1.10, "A larger efficiency is out of reach.", minimum=1)
    apart: float = parameter(0.10, "So far an estimate's efficiency may be from the past one.")

    def judge_account(self, world: World, account: Account) -> Verdict | None:
        cost = account.cost
        if cost.ev is None or cost.ac is None or cost.bac is None:
            return None
        left, used_up = cost.bac - cost.ev, cost.ac >= cost.bac
        if left <= 0:
            return Passed(account.subject)
        if used_up or (cost.tcpi_bac is not None and cost.tcpi_bac > self.above):
            return self._failed(account, left)
        return self._of_estimate(account)

    def _failed(self, account: Account, left: float) -> Failed:
        cost = account.cost
        assert cost.bac is not None
        assert cost.ac is not None
        money = (
            "there is none left"
            if cost.tcpi_bac is None
            else (
                f"there are {account.said(cost.bac - cost.ac)} left, "
                f"each of which would have to earn {cost.tcpi_bac:.2f}"
            )
        )
        return Failed(
            subject=account.subject,
            value=cost.tcpi_bac,
            threshold=self.above,
            message=f"{account.name} has work worth {account.said(left)} to do, and {money}.",
            evidence={**figures(cost), "tcpi_bac": cost.tcpi_bac},
        )

    def _of_estimate(self, account: Account) -> Verdict:
        cost = account.cost
        if cost.estimate is None or cost.cpi is None or cost.tcpi_eac is None:
            return Passed(account.subject)
        apart = round(abs(cost.tcpi_eac - cost.cpi), 4)
        if apart <= self.apart:
            return Passed(account.subject)
        return Failed(
            subject=account.subject,
            severity="medium",
            value=apart,
            threshold=self.apart,
            message=f"{account.name} is estimated to cost {account.said(cost.estimate)} in the "
            f"end: the rest would have to earn {cost.tcpi_eac:.2f} for one, and so far it was "
            f"{cost.cpi:.2f}.",
            evidence={**figures(cost), "estimate": cost.estimate, "tcpi_eac": cost.tcpi_eac},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOverrun(CostRule):
    """It will cost more than it may.

    What it catches:
        A budget whose estimate at completion (EAC, BAC by CPI) is over it by ``above`` of it or
        more; by ``high_above`` or more the finding is high.

    Why it matters:
        It is the sum that somebody will have to find, while there is still a choice.

    Example that fires:
        The budget is 200,000 EUR, and at the cost of the work so far it ends at 266,667: 33 %
        over.

    What to do:
        Take the estimate to who approved the budget, with what could be left out.

    Source:
        OMB IT Dashboard bands for cost variance (10 % and 30 %), GAO-10-701.
    """

    id = "BUD-004"
    title = "Budget overrun ahead"
    severity = "medium"

    above: float = parameter(0.10, "This share of the budget over it is a finding.")
    high_above: float = parameter(0.30, "This share is a high finding.")

    def judge_account(self, world: World, account: Account) -> Verdict | None:
        cost = account.cost
        if cost.ac == 0:
            return NotApplicable(account.subject)
        if cost.eac is None or not cost.bac:
            return None
        over = round(cost.eac / cost.bac - 1, 4)
        if over < self.above:
            return Passed(account.subject)
        return Failed(
            subject=account.subject,
            severity="high" if over >= self.high_above else None,
            value=over,
            threshold=self.above,
            message=f"{account.name} will cost {account.said(cost.eac)} at the pace of spending so "
            f"far, {percent(over)} over its budget of {account.said(cost.bac)}.",
            evidence={
                **figures(cost),
                "eac_as_planned": cost.eac_as_planned,
                "eac_with_delay": cost.eac_with_delay,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualsOld(CostRule):
    """What was spent lately is not known.

    What it catches:
        A budget whose last posting is more than ``days`` days old while work goes on, or that has
        none although its plan began longer ago than that. Where no posting could ever be read, the
        rule cannot tell.

    Why it matters:
        Every figure of a budget looks better the longer nobody books on it.

    Example that fires:
        It is 20 March, and the last row of the sheet is of 31 January.

    What to do:
        Ask whoever keeps the sheet or the accounts, and look at the log for why a feed fails.

    Source:
        Ours: a monthly booking, and some days to make it.
    """

    id = "BUD-005"
    title = "Actual costs out of date"
    severity = "medium"
    at_once = True

    days: int = parameter(35, "Older postings are a finding.", minimum=1)

    def judge_account(self, world: World, account: Account) -> Verdict | None:
        cost = account.cost
        if account.over:
            return NotApplicable(account.subject)
        if cost.ac is None:
            return None
        last = cost.actuals_until or (cost.curve[0].day if cost.curve else None)
        if last is None:
            return None
        age = (world.as_of - last).days
        if age <= self.days:
            return Passed(account.subject)
        since = "nothing was booked since" if cost.actuals_until else "its plan began on"
        return Failed(
            subject=account.subject,
            value=age,
            threshold=self.days,
            message=f"Of {account.name} {since} {say_day(last, world.as_of)}, "
            f"{say_count(age, 'day')} ago.",
            evidence={"actuals_until": cost.actuals_until, "unknown": cost.unknown},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoApprovedBudget(Rule):
    """Work goes on for which nobody approved any money.

    What it catches:
        A project with an open milestone that has no approved budget, and whose program has none
        of its own either. In a file without any budget the question does not arise.

    Why it matters:
        Who approves a budget answers for what it buys. Without that nobody decides when it is
        enough.

    Example that fires:
        Web shop has a budget of 80,000 EUR in the file, and no `approved`.

    What to do:
        Get it approved, and write down by whom and when; or take the project out of the program.

    Source:
        MSP, Managing Successful Programmes: a funded and approved business case.
    """

    id = "BUD-006"
    title = "No approved budget"
    severity = "high"
    at_once = True

    def judge(self, world: World) -> Iterator[Verdict]:
        watched = {account.subject for account in accounts(world)}
        whole = {
            program.id: program.cost
            for program in world.assessment.programs
            if program.cost is not None and not program.cost.parts
        }
        living = {milestone.model.project for milestone in world.milestones if not milestone.over}
        for project in world.assessment.projects:
            if not watched or project.id not in living:
                yield NotApplicable(project.id)
                continue
            costs = (project.cost, whole.get(project.program))
            if any(
                cost is not None
                and cost.approved_on is not None
                and cost.approved_on <= world.as_of
                for cost in costs
            ):
                yield Passed(project.id)
                continue
            has = "a budget that nobody approved" if any(costs) else "no budget"
            yield Failed(
                subject=project.id,
                message=f"{project.title} is being worked on and has {has}.",
                evidence={"budget": project.cost and project.cost.bac},
            )


RULES: tuple[type[Rule], ...] = (
    CostInefficient,
    SpentAheadOfWork,
    BudgetUnreachable,
    BudgetOverrun,
    ActualsOld,
    NoApprovedBudget,
)
