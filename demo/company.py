"""A company of five teams in three trackers: half a year of history, and days that go by.

On the first day one commitment is red, since the audit that it waits for takes longer than was
planned. On the fourth day the identity team, on whom the whole launch rests, finds that its login
needs much more than thought: within two weeks the launch turns amber, then red.
"""

from datetime import UTC, date, datetime, time, timedelta

from . import benefits
from .boards import Board, GithubBoard, JiraBoard
from .cast import API, IDENTITY, MOBILE, PAYMENTS, TEAMS, WEB, TeamPlan
from .config import render
from .facts import Facts
from .money import sheets
from .office import Office
from .people import SERVICE_USER
from .teams import Planned, Team, Ticket
from .workdays import add_workdays
from .world import CLOUD_TOKEN, DATA_CENTER_TOKEN, GITHUB_TOKEN, World

HISTORY_WEEKS = 26
SLIP_DAY = 3
"""The day, counted from the first one, on which the supplier says that it slips."""
VENDOR_SLIP_DAY = 8
_WEEKS_PER_RELEASE = 6
_PROMISING_WEEKS = 3
_SLIP_OF_DATE = 15
_SLIP_SCOPE = 4
_DAILY_SCOPE = 9
_GROWTH_ENDS = 13
_SLIP_PACE = 0.3
_AUDIT_PLANNED = 10
_AUDIT_NOW = 25
_LAUNCH_DAYS = 5
_NEXT_RELEASE_BELOW = 12
_NEXT_RELEASE_WEEKS = 10


class Company:
    """A simulated company, at 9:00 UTC of some day; the same start and seed give the same one.

    ``world`` is what its trackers hold, to be served by ``DemoServers``.
    """

    def __init__(self, start: date, seed: int = 0) -> None:
        self.start = start - timedelta(days=start.weekday())
        """The Monday on which the story begins."""
        self.world = World(now=self._morning(self.start - timedelta(weeks=HISTORY_WEEKS)))
        self._teams = {plan.name: self._make_team(plan, seed) for plan in TEAMS}
        self._seed = seed
        self._launch_started: date | None = None
        for plan in TEAMS:
            self._plan_history(plan)
        while self.world.now < self._morning(self.start):
            self._play_day()
        for plan in TEAMS:
            self._settle(plan)
        self._connect()
        self._office = Office(
            self.world.jira_cloud,
            self.start,
            ana=PAYMENTS.members[0],
            ivo=IDENTITY.members[0],
        )
        self._office.play(self.day)

    def now(self) -> datetime:
        """Tell the simulated time, in UTC."""
        return self.world.now

    @property
    def day(self) -> int:
        """How many days have gone by since the first one."""
        return (self.world.now.date() - self.start).days

    def advance_day(self) -> None:
        """Play today until tomorrow, 9:00; nobody works at weekends."""
        with self.world.lock:
            self._play_day()

    def config(
        self,
        *,
        jira_cloud_url: str,
        jira_dc_url: str,
        github_url: str,
        store_url: str,
        prometheus_url: str | None = None,
    ) -> str:
        """Write the slipwatch.yaml of today: promises, durations and actual dates move in it.

        With a Prometheus that scrapes slipwatch one more benefit is measured, by it.
        """
        return render(
            self._facts(),
            jira_cloud_url=jira_cloud_url,
            jira_dc_url=jira_dc_url,
            github_url=github_url,
            store_url=store_url,
            prometheus_url=prometheus_url,
        )

    def files(self) -> dict[str, str]:
        """Write the sheets of today that the slipwatch.yaml names, to be put beside it."""
        today = self.world.now.date()
        return {
            **sheets(self.start, today),
            **benefits.sheets(self.start, today, self._seed),
        }

    def told(self) -> list[tuple[str, date, float, str]]:
        """Give what people counted of the benefits of checkout by today.

        Each is the id of the benefit, the day, the value, and who counted.
        """
        return benefits.told(self.start, self.world.now.date(), self._seed)

    @staticmethod
    def environment() -> dict[str, str]:
        """Give the environment variables that the file's secrets refer to."""
        return {
            "DEMO_JIRA_CLOUD_TOKEN": CLOUD_TOKEN,
            "DEMO_JIRA_DC_TOKEN": DATA_CENTER_TOKEN,
            "DEMO_GITHUB_TOKEN": GITHUB_TOKEN,
        }

    @staticmethod
    def _morning(day: date) -> datetime:
        return datetime.combine(day, time(9), tzinfo=UTC)

    def _friday(self, weeks: int) -> date:
        """Return the Friday so many weeks after the first day."""
        return self.start + timedelta(weeks=weeks, days=4)

    def _make_team(self, plan: TeamPlan, seed: int) -> Team:
        board: Board
        lead = plan.members[0]
        if "/" in plan.scope:
            repository = self.world.github.add_repository(plan.scope, at=self.world.now)
            board = GithubBoard(self.world.github, repository)
        else:
            site = self.world.jira_dc if plan is IDENTITY else self.world.jira_cloud
            project = site.add_project(plan.scope, plan.title, lead)
            board = JiraBoard(
                site,
                project,
                logs_time=plan is IDENTITY,
                promises_from=self.start - timedelta(weeks=_PROMISING_WEEKS),
            )
        return Team(plan.name, board, plan.members, pace=plan.pace, seed=f"{seed}/{plan.name}")

    def _plan_history(self, plan: TeamPlan) -> None:
        """Plan the releases before the open ones, so that they fill the time until these."""
        team = self._teams[plan.name]
        weeks = HISTORY_WEEKS - sum(release.done for release in plan.releases) / plan.pace
        count = round(weeks / _WEEKS_PER_RELEASE)
        scope = round(weeks * plan.pace / count)
        team.planned = [
            Planned(
                f"{plan.earlier}{number}",
                self._friday(round(weeks * number / count) - HISTORY_WEEKS - 1),
                scope,
            )
            for number in range(1, count + 1)
        ] + [
            Planned(one.name, self._friday(one.due), one.done + one.remaining, one.held)
            for one in plan.releases
        ]

    def _settle(self, plan: TeamPlan) -> None:
        """Bring a team to where the story begins, as of the last Friday before it."""
        team = self._teams[plan.name]
        clock = team.clock(self.start - timedelta(days=3))
        team.open_planned(len(team.planned), clock)
        for release in team.releases:
            if release.name.startswith(plan.earlier) and release.closed_on is None:
                team.close(release, clock)
        for planned in plan.releases:
            release = team.release(planned.name)
            team.trim(release, planned.remaining, clock)

    def _play_day(self) -> None:
        today = self.world.now.date()
        day = (today - self.start).days
        self._play_story(day, today)
        for team in self._teams.values():
            slowed = team.name == IDENTITY.name and SLIP_DAY <= day < _GROWTH_ENDS + 7
            team.work(today, pace=_SLIP_PACE if slowed else 1.0)
            if day >= 0:
                self._plan_ahead(team, today)
        self.world.now = self._morning(today + timedelta(days=1))
        if day >= 0:
            self._office.play(day + 1)

    def _play_story(self, day: int, today: date) -> None:
        identity = self._teams[IDENTITY.name]
        if day == SLIP_DAY:
            login = identity.release("Login 2.0")
            clock = identity.clock(today)
            identity.move(login, add_workdays(login.due, _SLIP_OF_DATE), clock)
            identity.grow(login, _SLIP_SCOPE, clock)
        elif SLIP_DAY < day <= _GROWTH_ENDS and today.weekday() < 5:
            identity.grow(identity.release("Login 2.0"), _DAILY_SCOPE, identity.clock(today))
        if today >= self._audit_end():
            self._teams[API.name].release("Partner sandbox").held = False
        if self._launch_started is None and day > 0 and self._is_ready_to_launch():
            self._launch_started = today
            self._office.approve_launch(day)

    def _is_ready_to_launch(self) -> bool:
        awaited = (
            (PAYMENTS, "Payments 2.0"),
            (WEB, "Cart redesign"),
            (MOBILE, "App 5.0"),
            (IDENTITY, "Login 2.0"),
        )
        closed = [self._teams[plan.name].release(name).closed_on for plan, name in awaited]
        return None not in closed and self.world.now.date() > self._bank_promise()

    def _plan_ahead(self, team: Team, today: date) -> None:
        """Open a further release when little is left to do."""
        left = sum(len(r.open_tickets) for r in team.releases if r.closed_on is None)
        if left < _NEXT_RELEASE_BELOW and today.weekday() < 5:
            number = sum(release.name.startswith("Next ") for release in team.releases) + 1
            due = today + timedelta(weeks=_NEXT_RELEASE_WEEKS)
            team.open_release(f"Next {number}", due, round(team.pace * 5), team.clock(today))

    def _audit_start(self) -> date:
        return self.start - timedelta(days=14)

    def _audit_end(self) -> date:
        return add_workdays(self._audit_start(), _AUDIT_NOW)

    def _bank_promise(self) -> date:
        return self._friday(2 if self.day < VENDOR_SLIP_DAY else 4)

    def _facts(self) -> Facts:
        today = self.world.now.date()
        launched = None
        if self._launch_started is not None:
            launched = add_workdays(self._launch_started, _LAUNCH_DAYS)
        return Facts(
            start=self.start,
            today=today,
            audit_start=self._audit_start(),
            audit_end=self._audit_end(),
            audit_planned=_AUDIT_PLANNED,
            bank_promise=self._bank_promise(),
            bank_confirmed=self.start + timedelta(days=VENDOR_SLIP_DAY)
            if self.day >= VENDOR_SLIP_DAY
            else self.start - timedelta(days=3),
            launch_days=_LAUNCH_DAYS,
            launch_started=self._launch_started,
            launch_end=launched,
        )

    def _connect(self) -> None:
        """State who waits for whom, in each of the ways in which people state it."""
        world, at = self.world, self.world.now - timedelta(minutes=30)
        login = self._last(IDENTITY, "Login 2.0", 5)
        v2 = self._last(API, "API v2", 5)
        payments = self._last(PAYMENTS, "Payments 2.0", 6)
        cart = self._last(WEB, "Cart redesign", 4)
        app = self._last(MOBILE, "App 5.0", 4)
        passkeys = self._last(IDENTITY, "Passkeys", 1)

        for waiting, awaited in zip(v2[:3], login[:3], strict=True):
            self._wait(API, waiting, awaited, f"Blocked by {awaited.key}")
        for waiting, awaited in zip(payments[:2], v2[:2], strict=True):
            self._wait(PAYMENTS, waiting, awaited, f"Depends on {awaited.key}")
        issue = world.jira_cloud.by_key[payments[2].key]
        path = f"/{v2[2].key.replace('#', '/issues/')}"
        world.jira_cloud.link_remote(
            issue, path, v2[2].key, at=at, site="github", relationship="is blocked by"
        )
        payments[2].waits_for.append(v2[2])
        for waiting, awaited in zip(cart[:3], payments[:3], strict=True):
            source = world.jira_cloud.by_key[awaited.key]
            target = world.jira_cloud.by_key[waiting.key]
            world.jira_cloud.link("Blocks", source, target, at=at, by=PAYMENTS.members[0])
            waiting.waits_for.append(awaited)
        self._wait(MOBILE, app[0], payments[3], f"Blocked by {payments[3].key}")
        mobile, api = (self._github_board(plan) for plan in (MOBILE, API))
        for waiting, awaited in zip(app[1:3], v2[2:4], strict=True):
            world.github.block(mobile.issue(waiting.key), api.issue(awaited.key), at=at)
            waiting.waits_for.append(awaited)
        world.github.add_sub_issue(mobile.issue(app[3].key), api.issue(v2[4].key), at=at)
        app[3].waits_for.append(v2[4])
        world.jira_dc.link(
            "Depends",
            world.jira_dc.by_key[passkeys[0].key],
            world.jira_dc.by_key[login[0].key],
            at=at,
            by=SERVICE_USER,
        )

    def _last(self, plan: TeamPlan, release: str, count: int) -> list[Ticket]:
        return self._teams[plan.name].release(release).open_tickets[-count:]

    def _wait(self, plan: TeamPlan, waiting: Ticket, awaited: Ticket, text: str) -> None:
        """Let a ticket wait for another, stated in its description."""
        at = self.world.now - timedelta(minutes=30)
        self._teams[plan.name].board.describe(
            waiting.key, f"As agreed in refinement.\n\n{text}", at=at
        )
        waiting.waits_for.append(awaited)

    def _github_board(self, plan: TeamPlan) -> GithubBoard:
        board = self._teams[plan.name].board
        assert isinstance(board, GithubBoard)
        return board
