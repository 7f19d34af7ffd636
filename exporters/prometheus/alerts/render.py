"""From the table to the files that Prometheus and Alertmanager read."""

from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

import yaml

from .inhibition import alertmanager
from .model import TIER, About, Alert, Record, Severity
from .policy import Policy
from .recording import ROOT_CAUSE, WAIVED, WEIGHT
from .table import groups

_BOARDS: Mapping[About, str] = {
    "milestone": "slipwatch-milestone?var-milestone={{ $labels.milestone | urlquery }}",
    "cause": "slipwatch-program?var-program={{ $labels.program | urlquery }}",
    "program": "slipwatch-program?var-program={{ $labels.program | urlquery }}",
    "service": "slipwatch-self-monitoring?orgId=1",
}
"""The dashboard of what an alert is about, by its uid, with what is chosen there."""

_HEADER = "# Written by `slipwatch alerts DIR`. Change the command's options, not this file.\n"


def files(policy: Policy) -> dict[str, str]:
    """Give the text of each file by its name."""
    rules = rule_groups(policy)
    return {
        "slipwatch_rules.yaml": _yaml({"groups": rules[:1]}),
        "slipwatch_alerts.yaml": _yaml({"groups": rules[1:]}),
        "alertmanager.yaml": _yaml(alertmanager()),
    }


def rule_groups(policy: Policy) -> list[dict[str, Any]]:
    """Give the groups as Prometheus has them: the recording rules, then the alerts."""
    return [
        {
            "name": group.name,
            "interval": policy.interval,
            "rules": [rule for each in group.rules for rule in _rules(each, policy)],
        }
        for group in groups(policy)
    ]


def _rules(rule: Record | Alert, policy: Policy) -> Iterator[dict[str, Any]]:
    if isinstance(rule, Record):
        yield {"record": rule.name, "expr": rule.expr}
    elif rule.severity == "by weight":
        heavy = f"({WEIGHT} >= {policy.heavy})"
        yield _alert(rule, policy, "critical", f"and on (job, milestone) {heavy}")
        yield _alert(rule, policy, "warning", f"unless on (job, milestone) {heavy}")
    else:
        yield _alert(rule, policy, rule.severity, "")


def _alert(alert: Alert, policy: Policy, severity: Severity, tier: str) -> dict[str, Any]:
    waits = {"for": alert.lasts, "keep_firing_for": alert.keeps}
    return {
        "alert": alert.name,
        "expr": _expression(alert, tier),
        **{key: wait for key, wait in waits.items() if wait},
        "labels": {"severity": severity},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook_url": f"{policy.runbooks.rstrip('/')}/{alert.name}.md",
            **dict(_pages(alert, policy)),
        },
    }


def _pages(alert: Alert, policy: Policy) -> Iterator[tuple[str, str]]:
    """Link to the dashboard and the page that show what the alert is about, where there are any."""
    if policy.grafana:
        job = "var-job={{ $labels.job | urlquery }}"
        yield "dashboard_url", f"{policy.grafana.rstrip('/')}/d/{_BOARDS[alert.about]}&{job}"
    if policy.external_url:
        card = "" if alert.about == "service" else "#{{ $labels.program | urlquery }}"
        yield "slipwatch_url", f"{policy.external_url.rstrip('/')}/{card}"


def _expression(alert: Alert, tier: str) -> str:
    expr = alert.expr
    if TIER in expr:
        expr = expr.replace(TIER, tier)
    elif tier:
        expr = f"{expr}\n{tier}"
    if alert.waived_by:
        expr = f"{expr}\n{_unless_waived(alert)}"
    if alert.about != "milestone":
        return expr
    joined = f"* on (job, milestone) group_left (root_cause)\n{ROOT_CAUSE}"
    return f"(\n{indent(expr, '  ')}\n)\n{joined}"


def _unless_waived(alert: Alert) -> str:
    waived = f'{WAIVED}{{rule="{alert.waived_by}"}}'
    if alert.about == "milestone":
        return f"unless on (job, milestone) {waived}"
    return (
        "unless on (job, root_cause)\n"
        f'label_replace({waived}, "root_cause", "$1", "milestone", "(.+)")'
    )


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read, and keeps the order of keys."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(content: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True
    )
    return _HEADER + text
