"""The slipwatch.yaml of the simulated company."""

from dataclasses import dataclass
from datetime import date, timedelta

from .benefits import OBJECTIVES, benefits, enabler
from .money import BEFORE, BUDGETS
from .office import registers
from .workdays import add_workdays, workdays_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the file says that no tracker does, as of one day."""

    start: date
    today: date
    audit_start: date
    audit_end: date
    """The first working day after it."""
    audit_planned: int
    bank_promise: date
    bank_confirmed: date
    launch_days: int
    launch_started: date | None
    launch_end: date | None


def render(
    facts: Facts,
    *,
    jira_cloud_url: str,
    jira_dc_url: str,
    github_url: str,
    store_url: str,
    prometheus_url: str | None = None,
) -> str:
    """Write the file; it changes from day to day as the facts do."""

    def friday(weeks: int) -> date:
        return facts.start + timedelta(weeks=weeks, days=4)

    def weeks(after: int) -> date:
        return facts.start + timedelta(weeks=after)

    def baseline(finish: int, own: int) -> str:
        """Work of ``own`` days, done ``finish`` days after the first one, since it has to wait."""
        end = add_workdays(facts.start, finish)
        return f"{{start: {facts.start}, finish: {end}, duration: {own}wd}}"

    return f"""\
# The company of `slipwatch demo`, as its program managers would write it down.
store: {store_url}
timezone: Europe/Berlin
sync: {{every: 5m}}
assess: {{every: 5m}}
calendars:
  default: {{workdays: [mon, tue, wed, thu, fri]}}
reporting_currency: EUR
rates:
  - {{date: {weeks(-BEFORE - 2)}, from: USD, to: EUR, rate: 0.92}}
  - {{date: {weeks(2)}, from: USD, to: EUR, rate: 0.9}}
sources:
  jira:
    kind: jira
    url: {jira_cloud_url}
    auth: {{email: slipwatch@acme.example, token: {{env: DEMO_JIRA_CLOUD_TOKEN}}}}
    projects: [PAY, WEB, PMO]
    fields: {{start: Target start, end: Target end, points: Story Points}}
    links: {{blocks: [Blocks], depends: [Depends]}}
    remote_links: true
  jira-dc:
    kind: jira
    url: {jira_dc_url}
    auth: {{token: {{env: DEMO_JIRA_DC_TOKEN}}}}
    projects: [IDENT]
    fields: {{epic: Epic Link, points: Story Points}}
    worklogs: true
    links: {{blocks: [Blocks], depends: [Depends]}}
  github:
    kind: github
    url: {github_url}
    auth: {{token: {{env: DEMO_GITHUB_TOKEN}}}}
    repositories: [acme/api, acme/mobile]
people:                        # one person each, whatever a tracker calls them
  - {{id: ana, accounts: {{jira: Ana Lima, github: ana}}}}
  - {{id: ivo, accounts: {{jira-dc: Ivo Petrov, github: ivo}}, role: architect}}
  - {{id: jun, accounts: {{jira-dc: Jun Sato}}, role: architect}}
  - {{id: lou, accounts: {{github: [lou, lou-martin]}}, capacity: 0.8}}
allocations:                   # parts of a full working week
  - {{person: ana, project: checkout/payments, share: 0.8}}
  - {{person: ivo, project: platform/identity, share: 0.8}}
  - {{person: ivo, project: platform/api, share: 0.5, from: {facts.start}}}   # too much
  - {{person: lou, project: platform/api, share: 0.8}}
{OBJECTIVES}programs:
  - id: checkout
    title: Checkout modernisation
    sponsor: dana
    manager: sam
{registers(facts.start, facts.today, facts.bank_promise)}\
    budget:
      currency: EUR
      bac: {BUDGETS["checkout"]}
      approved: {{by: dana, date: {weeks(-BEFORE - 1)}}}
      start: {weeks(-BEFORE)}
      plan: checkout-plan.csv
      actuals: {{csv: {{path: checkout-costs.csv, project: project}}}}
      contingency: {{amount: 30000, drawn: 4000}}
    reports: [{{audience: steering, cadence: P1W}}]   # kept under /reports, sent to nobody
{benefits(facts.start, prometheus_url)}    projects:
      - id: payments
        title: Payments
        lead: ana
        data: [fci]
        budget:
          currency: EUR
          bac: {BUDGETS["payments"]}
          approved: {{by: dana, date: {weeks(-BEFORE - 1)}}}
          start: {weeks(-BEFORE)}
          plan: payments-plan.csv
          contingency: {{amount: 8000, drawn: 1500}}
        objectives: [growth]
        scope: [{{source: jira, project: PAY}}]
        discover: [versions]
        milestones:
          - id: payments-2
            title: Payments 2.0
            owner: ana
            from: [{{source: jira, project: PAY, version: Payments 2.0}}]
            commitment: {friday(8)}
            baseline: {baseline(24, 19)}
            rank: 1
            weight: 5
{enabler(facts.start)}          - id: bank-contract
            title: Contract with the acquiring bank
            external: true
            owner: acme-bank
            commitment: {friday(5)}
            promise: {facts.bank_promise}
            confirmed: {facts.bank_confirmed}
            baseline: {{finish: {friday(2)}}}
      - id: web
        title: Storefront
        lead: dee
        objectives: [growth]
        scope: [{{source: jira, project: WEB}}]
        discover: [versions]
        milestones:
          - id: cart
            title: Cart redesign
            owner: dee
            from: [{{source: jira, project: WEB, version: Cart redesign}}]
            commitment: {friday(8)}
            baseline: {baseline(28, 19)}
            rank: 1
            weight: 3
          - id: launch
            title: Checkout launch
            owner: sam
            commitment: {friday(8)}
            weight: 10
            baseline: {baseline(33, facts.launch_days)}
{_progress(facts, facts.launch_started, facts.launch_end, facts.launch_days)}
            depends_on:
              - {{milestone: cart, type: fs}}
              - {{milestone: payments/payments-2, type: fs}}
              - {{milestone: payments/bank-contract, type: fs}}
              - {{milestone: mobile/app-5, type: fs}}
              - {{milestone: platform/identity/login-2, type: fs}}
      - id: mobile
        title: Mobile app
        lead: gus
        scope: [{{source: github, repository: acme/mobile}}]
        discover: [milestones]
        milestones:
          - id: app-5
            title: App 5.0
            owner: gus
            from: [{{source: github, repository: acme/mobile, milestone: App 5.0}}]
            commitment: {friday(8)}
            baseline: {baseline(26, 18)}
            rank: 1
            weight: 3
  - id: platform
    title: Platform renewal
    sponsor: dana
    manager: noor
    projects:
      - id: identity
        title: Identity
        lead: ivo
        budget:
          currency: EUR
          bac: {BUDGETS["identity"]}
          approved: {{by: dana, date: {weeks(-1)}}}
          start: {facts.start}
          actuals: {{worklogs: {{rate: 80, roles: {{architect: 90}}}}}}
        objectives: [growth]
        scope: [{{source: jira-dc, project: IDENT}}]
        discover: [versions]
        milestones:
          - id: login-2
            title: Login 2.0
            owner: ivo
            from: [{{source: jira-dc, project: IDENT, version: Login 2.0}}]
            commitment: {friday(5)}
            baseline: {baseline(17, 18)}
            rank: 1
            weight: 5
      - id: api
        title: Public API
        lead: lou
        budget:
          currency: USD
          bac: {BUDGETS["api"]}
          approved: {{by: dana, date: {weeks(-BEFORE - 1)}}}
          start: {weeks(-BEFORE)}
          plan: api-plan.csv
          actuals: {{csv: {{path: api-costs.csv}}}}
        reported: {{status: green, as_of: {_before(facts)}, by: lou, text: All on track.}}
        scope: [{{source: github, repository: acme/api}}]
        discover: [milestones]
        milestones:
          - id: partner-sandbox
            title: Partner sandbox
            owner: mia
            from: [{{source: github, repository: acme/api, milestone: Partner sandbox}}]
            commitment: {friday(1)}
            baseline: {baseline(4, 5)}
            rank: 1
            weight: 4
            depends_on: [{{milestone: security-audit, type: fs}}]
          - id: v2
            title: API v2
            owner: lou
            from: [{{source: github, repository: acme/api, milestone: API v2}}]
            commitment: {friday(7)}
            baseline: {baseline(20, 19)}
            rank: 2
            weight: 5
          - id: security-audit
            title: Security audit by Vega Labs
            owner: vega-labs
            commitment: {facts.audit_end}
            baseline: {_audit_baseline(facts)}
{_progress(facts, facts.audit_start, facts.audit_end, 0)}
"""


def _before(facts: Facts) -> date:
    """Name the Friday before the story begins, when all was reported to be well."""
    return facts.start - timedelta(days=3)


def _audit_baseline(facts: Facts) -> str:
    finish = add_workdays(facts.audit_start, facts.audit_planned - 1)
    return f"{{start: {facts.audit_start}, finish: {finish}, duration: {facts.audit_planned}wd}}"


def _progress(facts: Facts, started: date | None, end: date | None, days: int) -> str:
    """Say how far declared work is: days not begun, days left, or the day it was done."""
    indent = " " * 12
    if started is None or end is None:
        return f"{indent}duration: {days}wd"
    if facts.today >= end:
        done = end - timedelta(days=3 if end.weekday() == 0 else 1)
        return f"{indent}started: {started}\n{indent}finished: {done}"
    left = workdays_between(facts.today, end)
    return f"{indent}started: {started}\n{indent}duration: {left}wd"
