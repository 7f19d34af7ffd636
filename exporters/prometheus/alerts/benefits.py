"""Alerts about benefits: what comes too late, and what nobody measures."""

from .model import Alert, Runbook
from .policy import Policy
from .words import HARMLESS, looked_up

_THIS = "$labels.program $labels.benefit"
_OF = "{program=%q,benefit=%q}"
_INFO = "slipwatch_benefit_info"
_DEFERRED = "slipwatch_benefit_deferred_value"
_PER_DAY = "slipwatch_benefit_delay_cost_per_day"
_DELAY = "slipwatch_benefit_delay_seconds"
_READ = "slipwatch_benefit_reading_timestamp_seconds"


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family; waived findings are none to Prometheus."""
    return _benefit_late(policy), _benefit_stale(policy)


def _benefit_late(policy: Policy) -> Alert:
    amount = '{{ . | first | value | printf "%.0f" }} {{ . | first | label "currency" }}'
    delay = looked_up(
        f"{_DELAY}{_OF} / 86400", _THIS, ' by {{ . | first | value | printf "%.0f" }} days'
    )
    deferred = looked_up(_DEFERRED + _OF, _THIS, f", which defers {amount}")
    per_day = looked_up(_PER_DAY + _OF, _THIS, f"; each further day costs {amount}")
    return Alert(
        name="SlipwatchBenefitLate",
        severity="warning",
        expr=_found(policy, "BEN-004"),
        lasts=policy.holds,
        keeps=policy.gone,
        about="program",
        summary="A benefit comes late, because what enables it is late.",
        description=f"{_name()} is held up{delay} by the milestones that enable "
        f"it{deferred}{per_day}. Its owner should know; slipwatch explain tells what makes "
        "them late.",
        runbook=Runbook(
            meaning="A milestone that enables the benefit is expected, or was done, a month "
            "or more after the benefit was to begin, or its delay defers more value than was "
            "agreed ([BEN-004](../rules/BEN-004.md)).",
            impact="What the program is for comes later. The value of that time is deferred, "
            "and where the benefit's window closes (`expires_on`) it is lost.",
            diagnosis="1. `slipwatch assess` shows the finding with the days of each enabling "
            "milestone, and what a day costs.\n"
            "2. `slipwatch explain MILESTONE` tells what makes the latest of them late.\n"
            "3. The panel of benefits on the program's dashboard shows the curve as planned "
            "and as it is now.",
            mitigation="- `slipwatch levers MILESTONE` lists what would bring days back: worth "
            "doing as long as it costs less than they do.\n"
            "- If the date stands, agree on another start with the benefit's owner.\n"
            "- To accept it for a while, waive BEN-004; the subject is in the label.",
        ),
    )


def _benefit_stale(policy: Policy) -> Alert:
    read = looked_up(
        _READ + _OF,
        _THIS,
        'was last measured on {{ (. | first | value | toTime).Format "2006-01-02" }}',
        "was never measured",
    )
    return Alert(
        name="SlipwatchBenefitStale",
        severity="warning",
        expr=_found(policy, "BEN-002"),
        lasts=policy.holds,
        keeps=policy.outage,
        about="program",
        summary="A benefit was not measured as often as was agreed.",
        description=f"{_name()} {read}: nobody can tell whether it comes. Mend its measure, or "
        "tell its value with slipwatch reading add.",
        runbook=Runbook(
            meaning="The newest reading of the benefit is older than one and a half of its "
            "cadences ([BEN-002](../rules/BEN-002.md)). A fetch that failed, or that gave no "
            "number, is no reading.",
            impact="Whether the program brings what it was approved for is unknown. Nothing "
            "of it turns green by that.",
            diagnosis="1. `slipwatch reading list --failures BENEFIT` tells why attempts "
            "failed; `slipwatch_benefit_fetch_failures_total` counts them.\n"
            "2. Ask the measure's query by hand: a Prometheus that scrapes the service no "
            "longer gives no sample, and no error either.\n"
            "3. For a manual measure, ask the benefit's owner.",
            mitigation="- Mend the query, the address, the token or the file, and run "
            "`slipwatch sync`.\n"
            "- Tell the value with `slipwatch reading add BENEFIT VALUE --at DAY`.\n"
            "- Give the benefit a longer `cadence` if it need not be measured so often.",
        ),
    )


def _found(policy: Policy, rule: str) -> str:
    """Select the open findings of a rule, and name their benefit."""
    return (
        "max without (instance, pod, severity) (\n"
        "  label_replace(\n"
        f'    slipwatch_finding_info{{{policy.selector},rule="{rule}"}},\n'
        '    "benefit", "$1", "subject", ".*/benefit:(.+)"\n'
        "  )\n"
        ") == 1"
    )


def _name() -> str:
    """Name a benefit by title, id, and who answers for it."""
    owner = f'{{{{ with . | first | label "benefit_owner" | {HARMLESS} }}}}, owner {{{{ . }}}}'
    found = (
        f'{{{{ . | first | label "title" | {HARMLESS} }}}} '
        f"({{{{ $labels.subject }}}}{owner}{{{{ end }}}})"
    )
    return looked_up(_INFO + _OF, _THIS, found, "{{ $labels.subject }}")
