"""The text of a first slipwatch.yaml: pure.

Titles come from trackers and may hold anything: in values they are quoted so that they come
back as the store will hold them; in comments nothing of them is left that could end one.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import yaml

from slipwatch.aggregator.store.text import storable

from .findings import Plan, PlannedMilestone, PlannedProgram, PlannedProject, Source, Wait

_SHOWN_PAIRS = 2
_LONGEST_COMMENT = 80
_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 _./@+-]|:(?=[/0-9]))*[A-Za-z0-9_]")
_RESOLVER = yaml.resolver.Resolver()

_HEAD = """\
# Written by `slipwatch init` on {made}; from now on it is yours.
# `slipwatch config check` names every mistake with its line; `slipwatch config schema` describes
# every key, also for editors.

# The program's days are days there.
"""
_CALENDARS = """
# When teams work: Monday to Friday, unless `workdays` says otherwise. The public holidays of
# `country` (and of `subdivision`, such as BY) are off, and so are the days in `closed`.
calendars:
"""
_SOURCES = """
# Where the facts are. A secret never stands here: {env: NAME} names an environment variable,
# {file: PATH} a file.
sources:
"""
_PROGRAMS = """
# What the facts add up to. `scope` is a team's work; `discover` watches every version or milestone
# of it, beside those listed. `commitment` is the day that was promised: the days below are those
# that the trackers show today, so write what was agreed.
"""
_WAITS = """\
#
# Dependencies that links between items state are found without being written down; they hold up
# the items that wait, no others. The `depends_on` in comments are those seen today: written out,
# a milestone does not begin before the other is done.
"""


def render(plan: Plan) -> str:
    """Write the file."""
    return "".join(f"{line}\n" for line in _lines(plan))


def quoted(text: str) -> str:
    """Write a text so that YAML reads it back, on one line and within brackets too."""
    clean = storable(text)
    if _PLAIN.fullmatch(clean) and _means_text(clean):
        return clean
    written: str = yaml.safe_dump(
        clean, default_style='"', allow_unicode=True, width=sys.maxsize, explicit_end=False
    )
    return "".join(map(_shown, written.rstrip("\n")))


def comment(text: str) -> str:
    """Reduce a text to what may stand behind a #."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    flat = " ".join(shown.split())
    return flat if len(flat) <= _LONGEST_COMMENT else flat[: _LONGEST_COMMENT - 1] + "…"


def _shown(character: str) -> str:
    """Write what moves the text around it, and is not seen, as YAML's escape for it."""
    if unicodedata.category(character) != "Cf":
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def _means_text(text: str) -> bool:
    tag: str = _RESOLVER.resolve(  # type: ignore[no-untyped-call]  # its stub has no types
        yaml.ScalarNode, text, (True, False)
    )
    return tag.endswith(":str")


def _lines(plan: Plan) -> Iterator[str]:
    yield from _HEAD.format(made=plan.made).splitlines()
    yield f"timezone: {quoted(plan.timezone)}"
    yield from _CALENDARS.splitlines()
    if plan.country is not None:
        yield f"  default: {{country: {quoted(plan.country)}}}"
    else:
        yield "  default: {workdays: [mon, tue, wed, thu, fri]}"
    yield from _SOURCES.splitlines()
    for source in plan.sources:
        yield from _source(source)
    yield from _PROGRAMS.splitlines()
    if any(one.waits for each in plan.programs for p in each.projects for one in p.milestones):
        yield from _WAITS.splitlines()
    yield "programs:"
    for program in plan.programs:
        yield from _program(program)


def _source(source: Source) -> Iterator[str]:
    guide = source.guide
    yield f"  {source.name}:  # {comment(source.site.product)}"
    yield f"    kind: {source.kind}"
    for key, value in source.settings.items():
        yield f"    {key}: {_inline(value)}"
    if source.groups and guide.groups is not None:
        yield f"    {guide.groups}: {_inline(source.groups)}  # all of them, also those to come"
    single = [one.scope for one in source.scopes if not _covered(one.scope, source.groups)]
    if single:
        yield from _listed(f"    {guide.scopes}: ", single)
    for line, use in guide.hints.items():
        yield f"    # {line}  # {use}"


def _listed(key: str, values: Sequence[str]) -> Iterator[str]:
    """Write a list on one line, or on several that a screen shows."""
    line = f"{key}{_inline(values)}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"{key}["
    line = ""
    for value in map(quoted, values):
        if line and len(line) + len(value) + 2 > _WIDTH - 6:
            yield f"      {line}"
            line = ""
        line += f"{' ' if line else ''}{value},"
    yield f"      {line}"
    yield "    ]"


def _covered(scope: str, groups: Sequence[str]) -> bool:
    return any(scope.casefold().startswith(f"{group.casefold()}/") for group in groups)


def _program(program: PlannedProgram) -> Iterator[str]:
    yield f"  - id: {quoted(program.id)}"
    yield f"    title: {quoted(program.title)}"
    yield "    # sponsor: who pays for it; manager: who runs it"
    yield "    projects:"
    for project in program.projects:
        yield from _project(project)


def _project(project: PlannedProject) -> Iterator[str]:
    guide = project.source.guide
    yield f"      - id: {quoted(project.id)}"
    yield f"        title: {quoted(project.scope.title)}"
    yield f"        scope: [{_inline(_selector(project))}]"
    yield f"        discover: [{guide.discover}]"
    if project.milestones:
        yield "        milestones:"
        for milestone in project.milestones:
            yield from _milestone(project, milestone)


def _selector(project: PlannedProject) -> dict[str, str]:
    return {"source": project.source.name, project.source.guide.scope: project.scope.scope}


def _milestone(project: PlannedProject, milestone: PlannedMilestone) -> Iterator[str]:
    guide, found = project.source.guide, milestone.found
    progress = "" if found.total is None else f"  # {found.done} of {found.total} done"
    yield f"          - id: {quoted(milestone.id)}"
    yield f"            title: {quoted(found.name)}{progress}"
    yield f"            from: [{_inline(_selector(project) | {guide.milestone: found.name})}]"
    if milestone.commitment is not None:
        yield f"            commitment: {milestone.commitment}"
    if milestone.waits:
        yield "            # depends_on:"
        for wait in milestone.waits:
            target = _inline({"milestone": wait.upstream})
            yield f"            #   - {target}  # {comment(_evidence(wait))}"


def _evidence(wait: Wait) -> str:
    shown = [f"{down} waits for {up}" for up, down in wait.evidence[:_SHOWN_PAIRS]]
    more = len(wait.evidence) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _inline(value: object) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_inline(part)}" for key, part in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case _:
            return quoted(str(value))
