"""The slipwatch.yaml of the simulated company."""

from .benefits import OBJECTIVES
from .facts import Facts
from .money import BEFORE
from .programs import programs


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
  - {{date: {facts.monday(-BEFORE - 2)}, from: USD, to: EUR, rate: 0.92}}
  - {{date: {facts.monday(2)}, from: USD, to: EUR, rate: 0.9}}
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
{_people(facts)}\
{OBJECTIVES}\
programs:
{programs(facts, prometheus_url)}"""


def _people(facts: Facts) -> str:
    return f"""\
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
"""
