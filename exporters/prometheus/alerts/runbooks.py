"""docs/runbooks/: a page for each alert, and one that lists them and says how to use them."""

import re
from textwrap import fill
from typing import Any

from .model import Alert
from .policy import Policy
from .render import rule_groups
from .table import all_alerts

_ITEM = re.compile(r"^(?:- |\d+\. )")
_INTRODUCTION = """\
# Alerts

Prometheus decides when something is worth a message, Alertmanager to whom it goes and when. Both
are told how by files that slipwatch writes:

```sh
slipwatch alerts /etc/prometheus/slipwatch
```

| File | For |
| --- | --- |
| `slipwatch_rules.yaml` | Prometheus: what the alerts are computed from |
| `slipwatch_alerts.yaml` | Prometheus: the alerts |
| `alertmanager.yaml` | Alertmanager: an example, to be merged with yours |

Of the example take `inhibit_rules` as they are; fill `route` and `receivers` with your programs. In
`prometheus.yml`:

```yaml
rule_files: [slipwatch/slipwatch_rules.yaml, slipwatch/slipwatch_alerts.yaml]
scrape_configs:
  - job_name: slipwatch
    static_configs: [{targets: ["127.0.0.1:10870"]}]
```

`--job` names the job if it is another one, `--runbooks` the place where these pages can be read,
`--grafana` the Grafana that has [slipwatch's dashboards](../dashboards.md): each alert links to the
one that shows what it is about, and to slipwatch's page where `external_url` says where that is.
Prometheus 2.42 and Alertmanager 0.25 are the oldest that will do. A metric that `metrics` in
slipwatch.yaml leaves out takes the alerts with it that are computed from it.

- **One root cause, one message.** The label `root_cause` of an alert about a milestone is the
  milestone whose slip costs it the most days, or itself. Messages are grouped by `program` and
  `root_cause`, and while [SlipwatchSlipReachesCommitment](SlipwatchSlipReachesCommitment.md) fires
  it silences what follows from the same cause.
- **Nobody is woken.** Alerts begin when a signal has lasted (`for`) and end when it has stayed away
  (`keep_firing_for`), so that neither a restart nor one better forecast ends them; messages about
  programs wait for business hours.
- **Severity.** *critical* is about commitments of weight <heavy> and more (`weight` in
  slipwatch.yaml), *warning* about the others; *info* is shown in Alertmanager and sent to nobody.
- **Waivers hold.** What is waived in slipwatch.yaml is silent here too.

| Alert | Severity | Says |
| --- | --- | --- |
"""


def pages(policy: Policy) -> dict[str, str]:
    """Give the text of each page by its name."""
    alerts = list(all_alerts(policy))
    rules = _first_rules(policy)
    index = _INTRODUCTION.replace("<heavy>", f"{policy.heavy:g}") + "".join(
        f"| [{alert.name}]({alert.name}.md) | {alert.severity} | {alert.summary} |\n"
        for alert in alerts
    )
    return {"README.md": index} | {
        f"{alert.name}.md": _page(alert, rules[alert.name]) for alert in alerts
    }


def _first_rules(policy: Policy) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for group in rule_groups(policy):
        for rule in group["rules"]:
            if "alert" in rule:
                found.setdefault(rule["alert"], rule)
    return found


def _page(alert: Alert, rule: dict[str, Any]) -> str:
    waits = [f"begins when its reason has lasted for {alert.lasts}"] if alert.lasts else []
    waits += [f"ends when it has stayed away for {alert.keeps}"] if alert.keeps else []
    book = alert.runbook
    return f"""\
# {alert.name}

{alert.summary}

Severity: {alert.severity}. It {", and ".join(waits)}.

<details>
<summary>The expression</summary>

```promql
{rule["expr"]}
```

</details>

## Meaning

{_wrapped(book.meaning)}

## Impact

{_wrapped(book.impact)}

## Diagnosis

{_wrapped(book.diagnosis)}

## Mitigation

{_wrapped(book.mitigation)}
"""


def _wrapped(text: str) -> str:
    """Break lines as in a page that is written by hand; items of lists stay aligned."""
    return "\n".join(
        fill(
            line,
            width=100,
            subsequent_indent=" " * (len(line) - len(_ITEM.sub("", line))),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
