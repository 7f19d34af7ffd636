"""Alerts about commitments and milestones: what will be late, what is, and what was not said."""

from .model import TIER, Alert, Runbook
from .policy import Policy
from .recording import (
    COMMITMENT,
    COMPLETED,
    FLOAT,
    FOREIGN_IMPACT,
    GREY,
    GROWTH,
    IMPACT,
    MOVED,
    MOVEMENT,
    PLAN,
    PROBABILITY,
    SLIP,
    SLIPPED,
)
from .words import MOST, cause, day, link, looked_up, name, path, percent, workdays

THIS = "$labels.milestone"
ROOT = "$labels.root_cause"
IT, PAGE, BECAUSE = name(THIS), link(THIS), cause()
COMMITTED, PLANNED = day(COMMITMENT, THIS), day(PLAN, THIS)
OPEN = f"unless on (job, milestone) {COMPLETED}"
AHEAD = f"and on (job, milestone) ({COMMITMENT} > time())"

_LATE = looked_up(
    SLIP + "{milestone=%q}",
    THIS,
    "{{ with . | first | value }}{{ if gt . 0.0 }}; in half of all cases it is at least "
    f"{workdays('.')} late{{{{ end }}}}{{{{ end }}}}",
)


def _parts() -> str:
    """Say what moved a forecast later within the week, the most first."""
    query = f'printf "sort_desc({MOVEMENT}{{milestone=%q}} > 0)" {THIS} | query'
    each = '{{ if $place }}, {{ end }}{{ $part.Labels.part }} +{{ $part.Value | printf "%.0f" }}'
    return (
        f"{{{{ with {query} }}}} In working days: "
        f"{{{{ range $place, $part := . }}}}{each}{{{{ end }}}}.{{{{ end }}}}"
    )


def _hits() -> str:
    """List the commitments of the program that a slip costs days, the worst first."""
    hit = "$hit.Labels.milestone"
    line = (
        f"\n- {name(hit)} by {workdays('$hit.Value')}: "
        f"committed for {day(COMMITMENT, hit)}, chance to keep it "
        f"{percent(PROBABILITY, hit)}{path(ROOT, hit)}"
    )
    query = (
        f'printf "sort_desc({IMPACT}{{program=%q,root_cause=%q}})" $labels.program {ROOT} | query'
    )
    more = (
        f'{{{{ with printf "count({IMPACT}{{program=%q,root_cause=%q}}) - {MOST} > 0" '
        f"$labels.program {ROOT} | query }}}}\n"
        "- and {{ . | first | value }} more{{ end }}"
    )
    return (
        f"{{{{ range $place, $hit := {query} }}}}"
        f"{{{{ if lt $place {MOST} }}}}{line}{{{{ end }}}}{{{{ end }}}}{more}"
    )


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family."""
    return (
        _slip_reaches_commitment(policy),
        _commitment_missed(policy),
        _commitment_unlikely(policy),
        _commitment_unknown(policy),
        _forecast_slipping(policy),
        _milestone_overdue(policy),
        _date_moved_silently(policy),
        _float_used_up(policy),
        _scope_grown(policy),
    )


def _slip_reaches_commitment(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchSlipReachesCommitment",
        severity="by weight",
        expr=f"max without (milestone, project) (\n"
        f"  {FOREIGN_IMPACT} >= {policy.impact_workdays}\n"
        f"  and on (job, milestone) ({PROBABILITY} < {policy.unsure})\n"
        f"  {OPEN}\n"
        f"  {TIER}\n"
        ")",
        lasts=policy.reaches,
        keeps=policy.mended,
        about="cause",
        waived_by="DEP-010",
        summary="A slip in one project reaches commitments of others.",
        description=f"{name(ROOT)} slips, and makes these commitments of "
        f"{{{{ $labels.program }}}} later:{_hits()}\n"
        f"Talk to its owner first: a day won there is a day won for all of them.{link(ROOT)}",
        runbook=Runbook(
            meaning="The slip of one milestone makes a commitment of another project at least "
            f"{policy.impact_workdays} working days later (but-for: so much earlier would the "
            "commitment be without that slip alone), and the commitment is kept in fewer than "
            f"{policy.unsure:.0%} of all cases. There is one alert per cause and program that "
            "is hit; it lists every commitment that the cause costs days. While it fires it "
            "silences what follows from the same cause.",
            impact="Those who slip often do not see whom they hit, and those who are hit do "
            "not see why. Each commitment on the list is late because of this one milestone.",
            diagnosis="1. `slipwatch explain MILESTONE` for the first commitment on the list "
            "shows the path, with the issues behind each dependency.\n"
            "2. `slipwatch explain` for the cause shows whether its date, its forecast or its "
            "scope moved, and what drives it.\n"
            "3. Ask its owner whether the tracker tells the truth.",
            mitigation="- Help the cause first: drop scope, add people who know the work, or "
            "hand a usable part over earlier.\n"
            "- If the dependency is not as hard as it looks, give it its real type or lag.\n"
            "- Otherwise tell those to whom the commitments were made, with a new date.\n"
            "- To accept it for a while, waive `DEP-010` for the cause.",
        ),
    )


def _commitment_missed(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchCommitmentMissed",
        severity="by weight",
        expr=f"{COMMITMENT} < time()\n{OPEN}",
        lasts=policy.holds,
        keeps=policy.outage,
        waived_by="SCH-003",
        summary="A commitment was missed.",
        description=f"{IT} was committed for {COMMITTED} and is "
        f"still open.{BECAUSE} Renew the commitment with those who wait for it, or close the "
        f"milestone if it is done.{PAGE}",
        runbook=Runbook(
            meaning="The committed day is over, in the program's time zone, and the milestone "
            "is still open.",
            impact="A missed promise that nobody renews is worse than a late one: those who "
            "wait have no day to plan with.",
            diagnosis="1. Is it done, and only its version or milestone in the tracker is "
            "still open?\n"
            "2. `slipwatch explain MILESTONE` shows what is left and what caused the delay.",
            mitigation="- Close it in the tracker if it is done.\n"
            "- If not, agree on a new day and write it as `commitment` into slipwatch.yaml.\n"
            "- To accept it for a while, waive `SCH-003`.",
        ),
    )


def _commitment_unlikely(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchCommitmentUnlikely",
        severity="by weight",
        expr=f"{PROBABILITY} < {policy.unlikely}\n{AHEAD}\n{OPEN}",
        lasts=policy.lasts,
        keeps=policy.gone,
        waived_by="SCH-001",
        summary="A commitment will probably be missed.",
        description=f"{IT} is committed for {COMMITTED} and kept "
        f"with a probability of {percent(PROBABILITY, THIS)}{_LATE}.{BECAUSE}"
        f"{PAGE}",
        runbook=Runbook(
            meaning="The milestone is done by the day that was committed to in fewer than "
            f"{policy.unlikely:.0%} of the simulated cases.",
            impact="Missing it is more likely than keeping it. What can be done about it is "
            "most and cheapest now.",
            diagnosis="1. `slipwatch explain MILESTONE` names the driving path and what each "
            "cause is worth in working days.\n"
            "2. Look at the date on which the forecast jumped: did scope grow, did the pace "
            "drop, or did something upstream slip?",
            mitigation="- Shorten the driving path: less scope, work side by side, an earlier "
            "handover. Work that is not on it gains nothing.\n"
            "- Or renew the commitment before it is missed.\n"
            "- To accept it for a while, waive `SCH-001`.",
        ),
    )


def _commitment_unknown(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchCommitmentUnknown",
        severity="warning",
        expr=f"{GREY} == 1\n{AHEAD}\n{OPEN}",
        lasts=policy.lasts,
        keeps=policy.outage,
        summary="Nobody can say whether a commitment will be kept.",
        description=f"{IT} is committed for {COMMITTED}, and its "
        "status is unknown: its data is old, out of reach, or does not suffice for a "
        f"forecast.{PAGE}",
        runbook=Runbook(
            meaning="A milestone with a commitment is grey. Unknown is not green: no other "
            "alert can fire for it while nothing is known of it.",
            impact="It may be late without anybody being told.",
            diagnosis="1. `slipwatch explain MILESTONE` gives the reason: a source that was "
            "not read, items that may not be seen, a circle of dependencies, or no history.\n"
            "2. If it is a source, SlipwatchSourceFailing or SlipwatchSourceStale fires too.",
            mitigation="- Mend what the reason names.\n"
            "- Where a team has no history yet, declare a `duration` for the milestone.",
        ),
    )


def _forecast_slipping(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchForecastSlipping",
        severity="warning",
        expr=f"{SLIPPED} >= {policy.slipping_workdays}\n{AHEAD}\n{OPEN}",
        lasts=policy.lasts,
        keeps=policy.gone,
        summary="The forecast of a commitment is slipping fast.",
        description=f"The forecast of {IT} moved by {workdays()} within a "
        f"week; it is committed for {COMMITTED}{_LATE}.{_parts()}{BECAUSE}{PAGE}",
        runbook=Runbook(
            meaning=f"P50 is {policy.slipping_workdays} or more working days later, against "
            "the commitment, than it was on average on the day a week ago.",
            impact="The commitment may still hold, but not for long at this rate.",
            diagnosis="1. `slipwatch explain MILESTONE` says what moved it in the last seven "
            "days: pace, scope, what it waits for, dates that people set, calendars.\n"
            "2. It names the causes of today, too.\n"
            "3. A renewed commitment moves the figure too; then nothing is wrong.",
            mitigation="- Find out what happened in this week while people remember it.\n"
            "- Take new scope out again, or decide what it is worth.",
        ),
    )


def _milestone_overdue(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchMilestoneOverdue",
        severity="warning",
        expr=f"{PLAN} < time()\n{OPEN}\nunless on (job, milestone) ({COMMITMENT} < time())",
        lasts=policy.holds,
        keeps=policy.outage,
        summary="The date of an open milestone is past.",
        description=f"{IT} was planned for {PLANNED} and is still "
        f"open. Give it a date that somebody believes, or close it.{BECAUSE}{PAGE}",
        runbook=Runbook(
            meaning="The date in the tracker is over, in the program's time zone, the "
            "milestone is open, and no missed commitment says the same.",
            impact="A date that nobody keeps hides the real one: those who wait plan with a "
            "day that is over.",
            diagnosis="1. Is it done, and only its version or milestone in the tracker still "
            "open?\n"
            "2. If not, what do its open items wait for? See `slipwatch explain MILESTONE`.",
            mitigation="- Close it, or give it a new date in the tracker; P85 of the forecast "
            "is a good one.",
        ),
    )


def _date_moved_silently(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchDateMovedSilently",
        severity="warning",
        expr=f"{MOVED} > 0\nand on (job, milestone) ({PLAN} > {COMMITMENT})\n{OPEN}",
        keeps=policy.outage,
        waived_by="SCH-005",
        summary="A date was moved past its commitment, and the commitment was not renewed.",
        description=f"The date of {IT} was moved to {PLANNED} in the "
        f"tracker within the last day; the commitment still says {COMMITTED}. "
        f"Tell those who plan with it.{PAGE}",
        runbook=Runbook(
            meaning="Somebody moved the date in the tracker later within the last 24 hours, "
            "it is now after the committed day, and `commitment` in slipwatch.yaml is as it "
            "was.",
            impact="The team knows that the commitment will not be kept. Those to whom it "
            "was made do not.",
            diagnosis="1. `/api/v1/ledger/MILESTONE` lists each move, when it was seen, and "
            "who made it where a webhook told.\n"
            "2. Ask for the reason.",
            mitigation="- Renew the commitment with those it was made to, or move the date "
            "back.\n"
            "- To accept moves of it for a while, waive `SCH-005`.",
        ),
    )


def _float_used_up(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchFloatUsedUp",
        severity="info",
        expr=f"{FLOAT} <= 0\n{OPEN}",
        lasts=policy.lasts,
        keeps=policy.gone,
        waived_by="SCH-006",
        summary="A milestone has no working day to spare.",
        description=f"{IT}, planned for {PLANNED}, has a float of {workdays()}: every further "
        f"day it takes makes a commitment later.{BECAUSE}{PAGE}",
        runbook=Runbook(
            meaning="The float to the nearest commitment that depends on the milestone, its "
            "own or one further on, is used up (0) or worse (negative), at median durations.",
            impact="It is critical now: a day lost here is a day lost for the commitment.",
            diagnosis="1. `slipwatch explain MILESTONE` names the commitments it drives.\n"
            "2. Negative float is arithmetic: the chain is too long by so many days even if "
            "everything goes as expected.",
            mitigation="- Protect its people from other work.\n"
            "- Shorten the chain, or move the commitment.\n"
            "- To accept it for a while, waive `SCH-006`.",
        ),
    )


def _scope_grown(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchScopeGrown",
        severity="info",
        expr=f"{GROWTH} > {policy.growth}\n{OPEN}",
        lasts=policy.lasts,
        keeps=policy.gone,
        summary="The scope of a milestone has grown.",
        description=f"{IT}, planned for {PLANNED}, has {percent(GROWTH, THIS)} more items than "
        f"in its baseline. Decide what of that has to be in it.{PAGE}",
        runbook=Runbook(
            meaning="Items that came to the milestone, less those that left it, are more "
            f"than {policy.growth:.0%} of the items in its baseline.",
            impact="The date was promised for less work than there is now.",
            diagnosis="1. Look in the tracker at what was added since the baseline, and by "
            "whom.\n"
            "2. `slipwatch explain MILESTONE` shows what it does to the forecast.",
            mitigation="- Move what need not be in it to a later milestone.\n"
            "- Or renew baseline and commitment for the larger scope.",
        ),
    )
