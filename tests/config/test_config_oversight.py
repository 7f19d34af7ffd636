"""Registers, gates and compliance: what is refused, where, and with which mend."""

from collections.abc import Callable
from textwrap import indent

import pytest

from slipwatch.config.loader import Problem
from slipwatch.config.settings import SlipwatchSettings

Load = Callable[[str], SlipwatchSettings]
Problems = Callable[[str], tuple[Problem, ...]]

JIRA = (
    "sources: {jira: {kind: tracker, url: https://j.example, "
    "auth: {token: {env: T}}, projects: [A]}}"
)
PROJECTS = """\
projects:
  - {id: x, milestones: [{id: ga}, {id: beta}]}
  - {id: y, milestones: [{id: ga}], discover: DISCOVER}
"""


def program(lines: str, *, discover: str = "[]") -> str:
    """Put the keys of a program where they belong."""
    body = PROJECTS.replace("DISCOVER", discover) + lines
    return f"{JIRA}\nprograms:\n  - id: p\n{indent(body, '    ')}\n"


# What is wrong: the keys of the program, the path of the key, words of the message.
WRONG: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "an entry without a name": ("risks: [{title: Bank}]", "risks[0].id", ("`id`", "`from`")),
    "a query that is an entry as well": (
        "risks: [{from: {source: jira}, owner: ana}]",
        "risks[0].owner",
        ("leave `owner` out",),
    ),
    "a query of no source": (
        "issues: [{from: {source: jria}}]",
        "issues[0].from.source",
        ("unknown source `jria`", "`jira`"),
    ),
    "a probability in percent": (
        "risks: [{id: R1, probability: 30}]",
        "risks[0].probability",
        ("1",),
    ),
    "two of one name": (
        "decisions: [{id: D1}, {id: D1}]",
        "decisions[1].id",
        ("`D1`", "decision of this program"),
    ),
    "a milestone that there is not": (
        "risks: [{id: R1, milestones: [bata]}]",
        "risks[0].milestones[0]",
        ("unknown milestone `bata`",),
    ),
    "a milestone that is not clear": (
        "risks: [{id: R1, milestones: [ga]}]",
        "risks[0].milestones[0]",
        ("could be p/x/ga, p/y/ga",),
    ),
    "an action against no risk": (
        "risks: [{id: R1}]\nactions: [{id: A1, risk: R2}]",
        "actions[0].risk",
        ("unknown risk `R2`", "`R1`"),
    ),
    "bands that fall": (
        "risk_scale: {bands: {medium: 5, high: 5}}",
        "risk_scale.bands.high",
        ("more than `medium`",),
    ),
    "a gate before nothing": (
        "gates: [{id: G1, before: x/gamma}]",
        "gates[0].before",
        ("unknown milestone `x/gamma`",),
    ),
    "a gate before one of nothing": (
        "gates: [{id: G1, before: [beta, zeta]}]",
        "gates[0].before[1]",
        ("unknown milestone `zeta`",),
    ),
    "a criterion that asks nothing": (
        "gates: [{id: G1, needs: [{title: All well}]}]",
        "gates[0].needs[0]",
        ("milestone, approval, control or evidence",),
    ),
    "a criterion that asks two things": (
        "gates: [{id: G1, needs: [{milestone: beta, control: ACME-1}]}]",
        "gates[0].needs[0].control",
        ("write two",),
    ),
    "an approval in no source": (
        "gates: [{id: G1, approval: {issue: A-1, source: hub}}]",
        "gates[0].approval.source",
        ("unknown source `hub`",),
    ),
    "a control that no catalogue has": (
        "gates: [{id: G1, needs: [{control: CMMC-AC.L2-3.1.23}]}]",
        "gates[0].needs[0].control",
        ("no catalogue", "did you mean"),
    ),
    "evidence for what does not apply": (
        "compliance: {controls: [{id: ACME-1, not_applicable: no, artefact: x}]}",
        "compliance.controls[0].not_applicable",
        (),
    ),
    "a plan of action that is neither": (
        "compliance: {poam: [{owner: ana}]}",
        "compliance.poam[0]",
        ("`control`", "`from`"),
    ),
}


@pytest.mark.parametrize(("lines", "path", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_told_at_its_key(
    problems: Problems, lines: str, path: str, words: tuple[str, ...]
) -> None:
    (problem,) = problems(program(lines))

    assert problem.path == f"programs[0].{path}"
    for word in words:
        assert word in problem.message


def test_what_may_be_discovered_or_tracked_is_not_refused(load: Load) -> None:
    lines = (
        "risks: [{from: {source: jira}}, {id: R1, milestones: [soon, y/later, p/x/ga]}]\n"
        "actions: [{id: A1, risk: A-7}]\n"
        "gates: [{id: G1, before: y/later}]"
    )

    (loaded,) = load(program(lines, discover="[versions]")).programs

    assert loaded.gates[0].before == ("y/later",)
    assert loaded.risks[1].milestones == ("soon", "y/later", "p/x/ga")
