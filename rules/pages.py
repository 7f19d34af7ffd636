"""A rule's page and its line in lists, made from the docstring that stands in its class."""

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slipwatch.aggregator.assessment import Severity

from .base import AGE, Parameter, Rule

SECTIONS = (
    "What it catches",
    "Why it matters",
    "Example that fires",
    "What to do",
    "Source",
)
"""What every rule's docstring has below its first sentence, in this order."""

INDEX = "README.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """What there is to know about a rule without running it."""

    id: str
    title: str
    severity: Severity
    at_once: bool
    parameters: tuple[Parameter, ...]
    summary: str
    timeless: str
    sections: Mapping[str, str]

    @property
    def telling(self) -> tuple[Parameter, ...]:
        """Its parameters without the one that every rule has, unless that does something here."""
        return tuple(p for p in self.parameters if p.name != AGE or p.default)

    @property
    def source(self) -> str:
        """Where the condition comes from."""
        return " ".join(self.sections.get("Source", "").split())


def describe(rule: type[Rule]) -> RuleInfo:
    """Read a rule's docstring; sections that it lacks are absent."""
    summary, *rest = re.split(
        r"^(\w[^\n]*):\n(?=\s)", inspect.cleandoc(rule.__doc__ or ""), flags=re.MULTILINE
    )
    return RuleInfo(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        at_once=rule.at_once,
        parameters=rule.parameters(),
        summary=" ".join(summary.split()),
        timeless=rule.timeless,
        sections={
            heading: inspect.cleandoc("\n" + body).strip()
            for heading, body in zip(rest[::2], rest[1::2], strict=True)
        },
    )


def catalog(rules: Iterable[type[Rule]]) -> tuple[RuleInfo, ...]:
    """Describe rules in order of id, for ``slipwatch rules``."""
    return tuple(describe(rule) for rule in sorted(rules, key=lambda rule: rule.id))


def pages(rules: Iterable[type[Rule]]) -> dict[str, str]:
    """Write the Markdown page of each rule and the index, by file name."""
    infos = catalog(rules)
    return {INDEX: _index(infos)} | {f"{info.id}.md": page(info) for info in infos}


def page(info: RuleInfo) -> str:
    """Write the Markdown page of a rule."""
    how = "at once" if info.at_once else "after two evaluations in a row"
    severity = f"Severity: {info.severity}. Findings open and close [{how}](../rules.md)."
    parts = [f"# {info.id}: {info.title}", info.summary, severity]
    shown = info.telling
    if shown:
        rows = [f"| `{p.name}` | {p.default:g} | {p.doc} |" for p in shown]
        parts.append(
            "\n".join(["| parameter | default | meaning |", "|---|---|---|", *rows])
            + f"\n\nSet under `rules: {{settings: {{{info.id}: {{…}}}}}}`."
        )
    if info.timeless:
        parts.append(
            "[Tried on the past](../rules.md#trying-a-rule-on-the-past), "
            f"it takes as they are today: {info.timeless}."
        )
    parts += [f"## {heading}\n\n{body}" for heading, body in info.sections.items()]
    return "\n\n".join(parts).replace("``", "`") + "\n"


def _index(infos: Iterable[RuleInfo]) -> str:
    rows = [
        f"| [{info.id}]({info.id}.md) | {info.title} | {info.severity} | {info.summary} |"
        for info in infos
    ]
    return (
        "\n".join(
            [
                "# Rules",
                "",
                f"Every rule takes `{AGE}`, too: days open until a finding is one severity worse.",
                "See [how rules are asked](../rules.md).",
                "",
                "| rule | title | severity | what it says |",
                "|---|---|---|---|",
                *rows,
            ]
        )
        + "\n"
    )
