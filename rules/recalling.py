"""Hysteresis of a past day: a finding was shown that day, or it was not, and the store knows.

A replay asks once, and once is not enough to open or close what is worked out. What was shown on
that day tells what the evaluations before it had said: a finding that fails now and was not shown
had failed for the first time, one that passes now and was shown had passed for the first time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from slipwatch.aggregator.recorded import Recorded
from slipwatch.aggregator.store import FindingPhase, FindingState, RuleMemory
from slipwatch.config.rules import RuleOverrides, RulesSettings, WaiverSettings

from .base import Rule
from .choosing import NOWHERE
from .engine import Evaluation, evaluate, in_order
from .world import World


def recall(
    world: World,
    rules: Iterable[type[Rule]],
    settings: RulesSettings,
    waivers: Sequence[WaiverSettings],
    recorded: Recorded,
    *,
    overrides: Mapping[str, RuleOverrides] = NOWHERE,
    naming: str = "",
) -> Evaluation:
    """Judge the world of a past day as it was judged then.

    What a rule says that was asked otherwise then, or not at all, counts at once, and so does all
    that was told under another ``naming`` of people, which is not to be seen again. Raises
    ``RuleSettingsError``.
    """
    shown = {one.fingerprint: one for one in recorded.findings}
    memory = RuleMemory(
        rules=recorded.asked,
        states={
            mark: FindingState(
                fingerprint=mark,
                rule=one.rule,
                subject=one.subject,
                phase=FindingPhase.OPEN,
                since=one.since,
                finding=msgspec.to_builtins(one),
                state=one.state,
                severity=one.severity,
            )
            for mark, one in shown.items()
        },
    )
    since = {mark: one.since for mark, one in shown.items()}
    found = evaluate(
        world,
        rules,
        settings,
        waivers,
        since,
        overrides=overrides,
        memory=memory,
        naming=naming,
    )
    assert found.evaluated is not None
    states = found.evaluated.states
    # What was about to close was shown as it had last failed, its age and its waiver included.
    findings = [
        shown[one.fingerprint]
        if states[one.fingerprint].phase is FindingPhase.CLOSING and one.fingerprint in shown
        else one
        for one in found.findings
    ]
    return replace(found, findings=in_order(findings))
