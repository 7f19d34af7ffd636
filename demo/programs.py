"""The programs of the simulated company in its slipwatch.yaml, one function to a project."""

from .benefits import benefits, enabler
from .facts import Facts
from .money import BEFORE, BUDGETS
from .office import registers


def programs(facts: Facts, prometheus_url: str | None) -> str:
    """Write both programs, with all that is below them."""
    return "".join(
        (
            _checkout(facts, prometheus_url),
            _payments(facts),
            _web(facts),
            _mobile(facts),
            _platform(),
            _identity(facts),
            _api(facts),
        )
    )


def _checkout(facts: Facts, prometheus_url: str | None) -> str:
    return f"""\
  - id: checkout
    title: Checkout modernisation
    sponsor: dana
    manager: sam
{registers(facts.start, facts.today, facts.bank_promise)}\
    budget:
      currency: EUR
      bac: {BUDGETS["checkout"]}
      approved: {{by: dana, date: {facts.monday(-BEFORE - 1)}}}
      start: {facts.monday(-BEFORE)}
      plan: checkout-plan.csv
      actuals: {{csv: {{path: checkout-costs.csv, project: project}}}}
      contingency: {{amount: 30000, drawn: 4000}}
    reports: [{{audience: steering, cadence: P1W}}]   # kept under /reports, sent to nobody
{benefits(facts.start, prometheus_url)}\
    projects:
"""


def _payments(facts: Facts) -> str:
    return f"""\
      - id: payments
        title: Payments
        lead: ana
        data: [fci]
        budget:
          currency: EUR
          bac: {BUDGETS["payments"]}
          approved: {{by: dana, date: {facts.monday(-BEFORE - 1)}}}
          start: {facts.monday(-BEFORE)}
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
            commitment: {facts.friday(8)}
            baseline: {facts.baseline(24, 19)}
            rank: 1
            weight: 5
{enabler(facts.start)}\
          - id: bank-contract
            title: Contract with the acquiring bank
            external: true
            owner: acme-bank
            commitment: {facts.friday(5)}
            promise: {facts.bank_promise}
            confirmed: {facts.bank_confirmed}
            baseline: {{finish: {facts.friday(2)}}}
"""


def _web(facts: Facts) -> str:
    return f"""\
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
            commitment: {facts.friday(8)}
            baseline: {facts.baseline(28, 19)}
            rank: 1
            weight: 3
          - id: launch
            title: Checkout launch
            owner: sam
            commitment: {facts.friday(8)}
            weight: 10
            baseline: {facts.baseline(33, facts.launch_days)}
{facts.progress(facts.launch_started, facts.launch_end, facts.launch_days)}
            depends_on:
              - {{milestone: cart, type: fs}}
              - {{milestone: payments/payments-2, type: fs}}
              - {{milestone: payments/bank-contract, type: fs}}
              - {{milestone: mobile/app-5, type: fs}}
              - {{milestone: platform/identity/login-2, type: fs}}
"""


def _mobile(facts: Facts) -> str:
    return f"""\
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
            commitment: {facts.friday(8)}
            baseline: {facts.baseline(26, 18)}
            rank: 1
            weight: 3
"""


def _platform() -> str:
    return """\
  - id: platform
    title: Platform renewal
    sponsor: dana
    manager: noor
    projects:
"""


def _identity(facts: Facts) -> str:
    return f"""\
      - id: identity
        title: Identity
        lead: ivo
        budget:
          currency: EUR
          bac: {BUDGETS["identity"]}
          approved: {{by: dana, date: {facts.monday(-1)}}}
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
            commitment: {facts.friday(5)}
            baseline: {facts.baseline(17, 18)}
            rank: 1
            weight: 5
"""


def _api(facts: Facts) -> str:
    return f"""\
      - id: api
        title: Public API
        lead: lou
        budget:
          currency: USD
          bac: {BUDGETS["api"]}
          approved: {{by: dana, date: {facts.monday(-BEFORE - 1)}}}
          start: {facts.monday(-BEFORE)}
          plan: api-plan.csv
          actuals: {{csv: {{path: api-costs.csv}}}}
        reported: {{status: green, as_of: {facts.last_report()}, by: lou, text: All on track.}}
        scope: [{{source: github, repository: acme/api}}]
        discover: [milestones]
        milestones:
          - id: partner-sandbox
            title: Partner sandbox
            owner: mia
            from: [{{source: github, repository: acme/api, milestone: Partner sandbox}}]
            commitment: {facts.friday(1)}
            baseline: {facts.baseline(4, 5)}
            rank: 1
            weight: 4
            depends_on: [{{milestone: security-audit, type: fs}}]
          - id: v2
            title: API v2
            owner: lou
            from: [{{source: github, repository: acme/api, milestone: API v2}}]
            commitment: {facts.friday(7)}
            baseline: {facts.baseline(20, 19)}
            rank: 2
            weight: 5
          - id: security-audit
            title: Security audit by Vega Labs
            owner: vega-labs
            commitment: {facts.audit_end}
            baseline: {facts.audit_baseline()}
{facts.progress(facts.audit_start, facts.audit_end, 0)}
"""
