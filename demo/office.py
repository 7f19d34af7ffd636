"""The program office of the simulated company: risks, approvals and evidence in a Jira project.

On the first day a gate waits for its approval, one risk has no owner, and one control has work
done and nothing to show for it. Two days after the login slips somebody writes that down as a risk;
a week later somebody owns it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .jira_objects import JiraIssue, JiraProject
from .jira_site import JiraSite
from .people import User

PROJECT = "PMO"
DANA = User("dana", "Dana Okafor", 1020)
SAM = User("sam", "Sam Weiss", 1021)
CONTROL = "CMMC-AC.L1-b.1.i"
UNSHOWN = "CMMC-SI.L1-b.1.xii"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An issue of the office: days count from the first one of the story."""

    title: str
    raised: int
    kind: str = "Task"
    labels: tuple[str, ...] = ()
    owner: User | None = None
    owned: int | None = None
    """The day it got its owner; default: when it was raised."""
    done: int | None = None


def _entries(ana: User, ivo: User) -> tuple[Entry, ...]:
    return (
        Entry(
            title="Two payment experts may leave",
            kind="Risk",
            raised=-40,
            labels=("probability:0.3", "impact:150000", "milestone:payments/payments-2"),
            owner=ana,
        ),
        Entry(
            title="Load in the first week is only guessed",
            kind="Risk",
            raised=-25,
            labels=("probability-medium", "impact-high", "milestone:web/launch"),
        ),
        Entry(title="Approve the checkout launch", raised=-5, owner=DANA),
        Entry(title="Penetration test of the old checkout", raised=-60, owner=DANA, done=-20),
        Entry(
            title="Limit access to the production ledger to named people",
            raised=-50,
            labels=(CONTROL,),
            owner=ana,
            done=-31,
        ),
        Entry(
            title="Export of the accounts in production, reviewed",
            raised=-29,
            labels=(CONTROL, "evidence"),
            owner=DANA,
            done=-28,
        ),
        Entry(
            title="Patch production within 14 days",
            raised=-45,
            labels=(UNSHOWN,),
            owner=ivo,
            done=-12,
        ),
        Entry(
            title="Login needs much more than thought",
            kind="Risk",
            raised=5,
            labels=("probability-high", "impact-very-high", "milestone:web/launch"),
            owner=SAM,
            owned=12,
        ),
    )


APPROVAL = f"{PROJECT}-3"
"""The issue in which the launch is approved."""
TEST = f"{PROJECT}-4"


class Office:
    """What the program office does, day by day."""

    def __init__(self, site: JiraSite, start: date, *, ana: User, ivo: User) -> None:
        self._site = site
        self._start = start
        self._entries = _entries(ana, ivo)
        self._project: JiraProject = site.add_project(PROJECT, "Program office", SAM)
        self._issues: list[JiraIssue] = []

    def play(self, day: int) -> None:
        """Do what is due by a day, in the order in which it came about."""
        while len(self._issues) < len(self._entries):
            entry = self._entries[len(self._issues)]
            if entry.raised > day:
                break
            self._raise(entry)
        for entry, issue in zip(self._entries, self._issues, strict=False):
            owned = entry.raised if entry.owned is None else entry.owned
            if entry.owner is not None and issue.assignee is None and owned <= day:
                self._site.assign(issue, entry.owner, at=self._at(owned), by=SAM)
            if entry.done is not None and entry.done <= day and issue.status.category != "done":
                self._finish(issue, entry.done)

    def approve_launch(self, day: int) -> None:
        """Let the gate before the launch be opened, if it is not yet."""
        issue = self._site.by_key[APPROVAL]
        if issue.status.category != "done":
            self._finish(issue, day)

    def _raise(self, entry: Entry) -> None:
        self._issues.append(
            self._site.add_issue(
                self._project,
                entry.title,
                at=self._at(entry.raised),
                type_name=entry.kind,
                by=SAM,
                labels=entry.labels,
            )
        )

    def _finish(self, issue: JiraIssue, day: int) -> None:
        by = issue.assignee or SAM
        self._site.transition(issue, "Done", at=self._at(day), by=by, resolution="Done")

    def _at(self, day: int) -> datetime:
        """Give a moment before nine on that day, which has been by the time it is played."""
        return datetime.combine(self._start + timedelta(days=day), time(8, 30), tzinfo=UTC)


def registers(start: date, today: date, bank_promise: date) -> str:
    """Write what the file says of the checkout program beside its dates."""
    return "".join(
        (_risks(start, today, bank_promise), _issues(start), _gates(start), _compliance(start))
    )


def _day(start: date, number: int) -> date:
    return start + timedelta(days=number)


def _risks(start: date, today: date, bank_promise: date) -> str:
    slipped = bank_promise > _day(start, 20)
    reviewed = max(_day(start, -6), today - timedelta(days=today.weekday() + 7 * (today.day % 2)))
    return f"""\
    risks:
      - from: {{source: jira, project: {PROJECT}, types: [Risk]}}
      - id: R1
        title: The acquiring bank delays the contract
        owner: sam
        raised: {_day(start, -30)}
        milestones: [payments/bank-contract, web/launch]
        probability: {0.7 if slipped else 0.3}
        impact: 200000
        mitigation: a second bank is asked for an offer
        reviewed: {reviewed}
      - id: R2
        title: Partners keep old cipher suites
        raised: {_day(start, -60)}
        milestones: [web/launch]
        probability: 0.4
        impact: 150000
        response: accept
        approver: dana
        expires: {_day(start, 80)}
        reviewed: {reviewed}
"""


def _issues(start: date) -> str:
    """Write issues, actions, decisions and the board that hears of them."""
    return f"""\
    issues:
      - id: I1
        title: The test bank has no accounts for refunds
        owner: ana
        severity: medium
        raised: {_day(start, -8)}
        due: {_day(start, 18)}
    actions:
      - id: A1
        title: Agree on terms with a second bank
        owner: sam
        risk: R1
        raised: {_day(start, -14)}
        due: {_day(start, 11)}
    decisions:
      - id: D1
        title: Which countries launch first
        owner: dana
        raised: {_day(start, -9)}
        milestones: [web/launch]
      - id: D2
        title: One checkout for shop and app
        owner: dana
        raised: {_day(start, -70)}
        decided: {_day(start, -63)}
        by: dana
        outcome: one for both
    steering: [{{held: {_day(start, -20)}, minutes: "https://acme.example/minutes/11"}}]
"""


def _gates(start: date) -> str:
    return f"""\
    gates:
      - id: G1
        title: Build
        before: payments/payments-2
        decision: {{state: approved, by: dana, decided: {_day(start, -63)}, reference: minutes 9}}
      - id: G2
        title: Launch
        before: web/launch
        due: {_day(start, 53)}
        approval: {{source: jira, issue: {APPROVAL}}}
        needs:
          - {{milestone: web/cart}}
          - {{milestone: payments/payments-2}}
          - {{approval: {{issue: {TEST}}}}}
          - {{control: {CONTROL}, evidence: {{label: evidence}}}}
"""


def _compliance(start: date) -> str:
    return f"""\
    compliance:
      catalogues: [cmmc-1]
      scope: [{{source: jira, project: {PROJECT}}}]
      controls:
        - id: CMMC-PE.L1-b.1.viii
          artefact: https://acme.example/hosting-contract
          reviewer: dana
          reviewed: {_day(start, -90)}
        - {{id: CMMC-MP.L1-b.1.vii, not_applicable: nothing leaves the data centre}}
      assessed: {_day(start, -120)}
      affirmed: {_day(start, -120)}
      agreements:
        - provider: acme-bank
          kind: flow-down
          reference: contract 2211
          signed: {_day(start, -200)}
"""
