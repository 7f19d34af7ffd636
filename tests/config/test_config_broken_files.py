"""Every kind of mistake is told with line, column, key and mend.

In the texts § marks where the problem is to be reported; it is taken out before loading.
"""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Annotated

import pytest
from pydantic import Field

from slipwatch.config.base import Settings
from slipwatch.config.loader import ConfigError, Problem, load_settings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

Load = Callable[[str], SlipwatchSettings]
Problems = Callable[[str], tuple[Problem, ...]]
Kinds = dict[str, type[SourceSettings]]

JIRA = (
    "sources: {jira: {kind: tracker, url: https://j.example, "
    "auth: {token: {env: T}}, projects: [A]}}"
)
SECRET = "hunter2-Kx9"


def reports(entries: str) -> str:
    """Put reports where they belong, beside two channels."""
    return (
        f"programs: [{{id: p, reports: [{entries}]}}]\n"
        "notifications: {channels: {c: {teams: {url: {env: TEAMS}}}, "
        "pager: {pagerduty: {routing_key: {env: KEY}}}}}\n"
    )


def budget(keys: str) -> str:
    """Put a budget where it belongs, with a project and its source."""
    return (
        f"{JIRA}\nprograms: [{{id: p, budget: {{currency: EUR, bac: 9, {keys}}}, "
        "projects: [{id: q, scope: [{source: jira}]}]}]\n"
    )


def milestone(*lines: str) -> str:
    """Put the lines of one milestone where they belong."""
    first, *rest = lines
    return "\n".join(
        [
            JIRA,
            "programs:",
            "  - id: p",
            "    projects:",
            "      - id: q",
            "        milestones:",
            "          - id: other",
            f"          - {first}",
            *(f"            {line}" for line in rest),
            "",
        ]
    )


def benefit(*lines: str) -> str:
    """Put a benefit where it belongs, beside an objective and a milestone."""
    first, *rest = lines
    return "\n".join(
        [
            "objectives: [{id: growth}]",
            "programs:",
            "  - id: p",
            "    projects: [{id: q, milestones: [{id: other}]}]",
            "    benefits:",
            f"      - {first}",
            *(f"        {line}" for line in rest),
            "",
        ]
    )


def staff(*lines: str) -> str:
    """Put people and allocations where they belong, beside two sources and a project."""
    return "\n".join(
        [
            "sources: {jira: {kind: sheet, path: a.csv}, hub: {kind: sheet, path: b.csv}}",
            "programs: [{id: p, projects: [{id: q}]}]",
            *lines,
            "",
        ]
    )


BENEFIT = "programs[0].benefits[0]"
SECOND = "programs[0].projects[0].milestones[1]"

# What is wrong: the text, the path of the key, words of the message.
BROKEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # People, and what they report
    "an account in a source that is not there": (
        staff("people:", "  - id: ana", "    accounts: {jria: §Ana Lima}"),
        "people[0].accounts.jria",
        ("unknown source `jria`", "did you mean `jira`?"),
    ),
    "an account of two people": (
        staff(
            "people:",
            "  - {id: ana, accounts: {jira: Ana Lima}}",
            "  - {id: bo, accounts: {hub: Ana Lima, jira: §[Bo, Ana Lima]}}",
        ),
        "people[1].accounts.jira",
        ("the account `Ana Lima` is already that of the person in line 4",),
    ),
    "an account of two people in one line": (
        staff("people: [{id: a, accounts: {hub: A}}, {id: b, accounts: {hub: §A}}]"),
        "people[1].accounts.hub",
        ("the account `A` is already that of the person in line 3",),
    ),
    "two people of one id": (
        staff("people: [{id: ana}, {id: §ana}]"),
        "people[1].id",
        ("`ana` is already the id of another person, in line 3",),
    ),
    "time of somebody unknown": (
        staff(
            "people: [{id: ana}]",
            "allocations:",
            "  - {person: ana, project: p/q, share: 0.5}",
            "  - {person: §anna, project: p/q, share: 0.5}",
        ),
        "allocations[1].person",
        ("unknown person `anna`", "did you mean `ana`?"),
    ),
    "time of nobody": (
        staff("allocations: [{person: §ana, project: p/q, share: 1}]"),
        "allocations[0].person",
        ("unknown person `ana`", "none is defined"),
    ),
    "time for a project that is not there": (
        staff("people: [{id: ana}]", "allocations: [{person: ana, project: §q, share: 1}]"),
        "allocations[0].project",
        ("unknown project `q`", "known are `p/q`"),
    ),
    "a program's status in no source": (
        f"{JIRA}\nprograms: [{{id: p, reported: {{from: {{source: §jria, item: A-1}}}}}}]\n",
        "programs[0].reported.from.source",
        ("unknown source `jria`", "did you mean `jira`?"),
    ),
    "a project's status in no source": (
        "programs: [{id: p, projects: [{id: q, reported: {from: {source: §j, item: A-1}}}]}]\n",
        "programs[0].projects[0].reported.from.source",
        ("unknown source `j`", "none is defined"),
    ),
    # Benefits and objectives
    "an unknown objective of a benefit": (
        benefit("id: B1", "objective: §grwth"),
        f"{BENEFIT}.objective",
        ("unknown objective `grwth`", "did you mean `growth`?"),
    ),
    "an unknown objective of a program": (
        "programs: [{id: p, objectives: [§growth]}]\n",
        "programs[0].objectives[0]",
        ("unknown objective `growth`", "none is defined"),
    ),
    "an unknown criterion": (
        "programs: [{id: p, projects: [{id: q, scores: {b: §3}}]}]\n",
        "programs[0].projects[0].scores.b",
        ("unknown criterion `b`", "none is defined"),
    ),
    "two benefits of one id": (
        "programs: [{id: p, benefits: [{id: B1}, {id: §B1}]}]\n",
        "programs[0].benefits[1].id",
        ("`B1` is already the id of another benefit of this program",),
    ),
    "an enabler that is not there": (
        benefit("id: B1", "enabled_by: [{milestone: §q/othr}]"),
        f"{BENEFIT}.enabled_by[0].milestone",
        ("unknown milestone `p/q/othr`", "did you mean `q/other`?"),
    ),
    "an enabler without its project": (
        benefit("id: B1", "enabled_by: [{milestone: §other}]"),
        f"{BENEFIT}.enabled_by[0].milestone",
        ("expected a milestone as project/milestone",),
    ),
    "contributions that do not sum to 100": (
        benefit("id: B1", "enabled_by: §[{milestone: q/other, contribution: 70}]"),
        f"{BENEFIT}.enabled_by",
        ("contributions sum to 100, not to 70",),
    ),
    "two ways to measure": (
        benefit("id: B1", "measure: §{manual: true, csv: {path: a.csv}}"),
        f"{BENEFIT}.measure",
        ("a benefit is measured in one way", "`promql`, `sql`, `csv`, `http_json`, `manual`"),
    ),
    "no way to measure": (
        benefit("id: B1", "measure: §{}"),
        f"{BENEFIT}.measure",
        ("a benefit is measured in one way",),
    ),
    "a path that could name several values": (
        benefit("id: B1", "measure: {http_json: {url: 'https://k.example', value: §'$.a[*]'}}"),
        f"{BENEFIT}.measure.http_json.value",
        ("names one place", ".name, ['name'] and [0] only"),
    ),
    "a password in the address of a measure": (
        benefit(
            "id: B1",
            f"measure: {{http_json: {{url: §'https://u:{SECRET}@k.example', value: $.a}}}}",
        ),
        f"{BENEFIT}.measure.http_json.url",
        ("an address holds no credentials", "`token_env`"),
    ),
    "a direction that is the other one": (
        benefit("id: B1", "direction: §decrease", "baseline: {value: 1}", "target: {value: 2}"),
        f"{BENEFIT}.direction",
        ("from 1 to 2 is increase",),
    ),
    "a target that changes nothing": (
        benefit("id: B1", "baseline: {value: 1}", "target: §{value: 1}"),
        f"{BENEFIT}.target",
        ("the target is the baseline, 1",),
    ),
    "a benefit that begins after its target": (
        benefit("id: B1", "start: §2027-01-01", "target: {value: 1, by: 2026-12-31}"),
        f"{BENEFIT}.start",
        ("begins after the day of its target, 2026-12-31",),
    ),
    "a curve that goes back": (
        benefit("id: B1", "curve: §[[2027-01-02, 1], [2027-01-01, 2]]"),
        f"{BENEFIT}.curve",
        ("a table goes forward",),
    ),
    "a curve that nobody knows": (
        benefit("id: B1", "curve: §steep"),
        f"{BENEFIT}.curve",
        ("expected linear, step, s_curve or a table",),
    ),
    "a review before the close": (
        "programs: [{id: p, close: {date: 2027-06-30, review: §2027-06-29}}]\n",
        "programs[0].close.review",
        ("before the program is closed, 2027-06-30",),
    ),
    "weights that weigh nothing": (
        "prioritisation: {weights: §{reach: 0}}\n",
        "prioritisation.weights",
        ("weights are 0 or more, and one of them is more",),
    ),
    "a currency in words": (
        benefit("id: B1", "annual_value: {amount: 1, currency: §euro}"),
        f"{BENEFIT}.annual_value.currency",
        ("ISO code of a currency, such as EUR",),
    ),
    # The text itself
    "an empty file": ("§", "", ("is empty", "`sources:`")),
    "nothing but comments": ("§# later\n\n", "", ("is empty",)),
    "a list": ("§- id: p\n", "", ("expected keys such as `programs:`", "a list")),
    "a sentence": ("§please watch checkout\n", "", ("expected keys", "text")),
    "a second document": ("timezone: UTC\n§---\ntimezone: UTC\n", "", ("second document",)),
    "a tab": ("sync:\n§\tevery: 5m\n", "", ("tab", "spaces")),
    "a tab behind spaces": ("sync:\n  §\tevery: 5m\n", "", ("tab", "spaces")),
    "an open bracket": (
        "calendars: {default: {country: DE}\n§programs: []\n",
        "",
        ("opened in line 1, column 12", "not closed"),
    ),
    "an open bracket at the end": ("programs: [§", "", ("bracket is not closed",)),
    "an open quote": ('timezone: §"UTC\nlisten: x\n', "", ("quote", "never closed")),
    "a colon in a value": (
        milestone("id: m", "title: API§: the release"),
        "",
        ("second `: `", "in quotes"),
    ),
    "an odd indentation": (
        "sync:\n    every: 5m\n  §census_every: 24h\n",
        "",
        ("not indented like",),
    ),
    "a key without its colon": ("timezone UTC\nlisten§: 127.0.0.1:80\n", "", ("colon",)),
    "a value that begins with @": (milestone("id: m", "owner: §@ana"), "", ("with @", "quotes")),
    "a value that begins with *": (
        milestone("id: m", "owner: §*ana"),
        f"{SECOND}.owner",
        ("*", "quotes"),
    ),
    "a value that begins with !": (
        milestone("id: m", "title: §!important thing"),
        f"{SECOND}.title",
        ("tag", "quotes"),
    ),
    "a template nobody filled in": (
        milestone("id: m", "title: {§{ title }}"),
        f"{SECOND}.title",
        ("a key is text", "quotes"),
    ),
    "a bell": ("timezone: U§\x07TC\n", "", ("U+0007", "remove")),
    "an impossible escape": (
        milestone("id: m", 'title: §"\\0"'),
        f"{SECOND}.title",
        ("character",),
    ),
    "an unknown escape": (
        milestone("id: m", 'title: "C:\\§data"'),
        "",
        ("\\\\", "single quotes"),
    ),
    "an alias inside its anchor": (
        "programs: &all\n  - projects: §*all\n    id: p\n",
        "programs[0].projects",
        ("inside",),
    ),
    "a repeated key": (
        milestone("id: m", "commitment: 2027-01-15", "§commitment: 2027-02-15"),
        f"{SECOND}.commitment",
        ("twice", "line 9"),
    ),
    "a key that YAML takes for a truth value": ("§on: {}\n", "", ("read as true", '"on"')),
    "a merge of something else": (milestone("id: m", "<<: §3"), SECOND, ("<<", "mapping")),
    "a comment by mistake": (
        milestone("id: m", "title: §Sprint #3"),
        f"{SECOND}.title",
        ("before the #", "quotes"),
    ),
    "a value that is all comment": (
        milestone("id: m", "title:§ #3"),
        f"{SECOND}.title",
        ("comment", "quotes"),
    ),
    # Keys
    "an unknown key": (
        milestone("id: m", "§comitment: 2027-01-15"),
        f"{SECOND}.comitment",
        ("did you mean `commitment`?",),
    ),
    "a key in the wrong place": (
        "programs: [{id: p, §depends_on: []}]",
        "programs[0].depends_on",
        ("belongs in `programs[].projects[].milestones[]`",),
    ),
    "a key of a source in the wrong place": (
        JIRA.replace("projects: [A]", "projects: [A], §app_id: 3"),
        "sources.jira.app_id",
        ("belongs in `sources.jira.auth`",),
    ),
    "a key nobody knows": (
        "rules: {§zzz: 1}",
        "rules.zzz",
        ("unknown key", "`disable`, `settings`"),
    ),
    "a missing key": (
        milestone("§title: API"),
        f"{SECOND}.id",
        ("missing", "add `id: ", "Unique in its project"),
    ),
    # Types
    "a version that is a number": (
        milestone("id: m", "from: [{source: jira, project: A, version: §2.0}]"),
        f"{SECOND}.from[0].version",
        ("a number", 'quote it: "2.0"'),
    ),
    "Norway": (
        "calendars: {default: {country: §NO}}",
        "calendars.default.country",
        ("read as false", 'quote it: "NO"'),
    ),
    "a time that YAML takes for a number": (
        milestone("id: m", "title: §10:30"),
        f"{SECOND}.title",
        ("a number", 'quote it: "10:30"'),
    ),
    "a number in quotes": (
        'assess: {trials: §"10000"}',
        "assess.trials",
        ("whole number", "leave out the quotes"),
    ),
    "a truth value for a number": (
        milestone("id: m", "weight: §yes"),
        f"{SECOND}.weight",
        ("expected a number", "`yes`, read as true"),
    ),
    "a word for a truth value": (
        milestone("id: m", "external: §ja"),
        f"{SECOND}.external",
        ("true or false", "`ja`"),
    ),
    "a number for a truth value": (
        milestone("id: m", "external: §1"),
        f"{SECOND}.external",
        ("true or false",),
    ),
    "half a trial": ("assess: {trials: §1000.5}", "assess.trials", ("whole number", "`1000.5`")),
    "too few trials": ("assess: {trials: §5}", "assess.trials", ("at least 100", "`5`")),
    "an infinite weight": (milestone("id: m", "weight: §.inf"), f"{SECOND}.weight", ("finite",)),
    "a text for a list": (
        milestone("id: m", "from: [{source: jira, labels: §checkout}]"),
        f"{SECOND}.from[0].labels",
        ("expected a list", "write [checkout]"),
    ),
    "a mapping for a list": (
        milestone("id: m", "from: §{source: jira}"),
        f"{SECOND}.from",
        ("expected a list", "- before each"),
    ),
    "a text for a mapping": ("sync: §5m", "sync", ("mapping", "`every`", "`5m`")),
    "a list for names": ("calendars: §[default]", "calendars", ("names with values", "a list")),
    "a list for a text": (milestone("id: m", "title: §[API]"), f"{SECOND}.title", ("text", "list")),
    "nothing for a text": (milestone("id: m", "title:§"), f"{SECOND}.title", ("nothing",)),
    "an unknown choice": (
        milestone("id: m", "depends_on: [{milestone: other, type: §FS}]"),
        f"{SECOND}.depends_on[0].type",
        ("fs, ss, ff, sf, partial", "`FS`"),
    ),
    # Days, spans, working days
    "a day that does not exist": (
        milestone("id: m", "commitment: §2026-02-30"),
        f"{SECOND}.commitment",
        ("2026-02-30 is not a date",),
    ),
    "a day in the order of another country": (
        milestone("id: m", "commitment: §15.01.2027"),
        f"{SECOND}.commitment",
        ("2027-01-15", "`15.01.2027`"),
    ),
    "a time of day": (
        milestone("id: m", "commitment: §2027-01-15 10:00:00"),
        f"{SECOND}.commitment",
        ("expected a date such as 2027-01-15",),
    ),
    "a year": (
        milestone("id: m", "commitment: §2027"),
        f"{SECOND}.commitment",
        ("a date such as",),
    ),
    "a span without its unit": ("sync: {every: §300}", "sync.every", ("30s, 5m", "`300`")),
    "a span of nothing": ("sync: {every: §0s}", "sync.every", ("more than nothing",)),
    "days that are not working days": (
        milestone("id: m", "duration: §5d"),
        f"{SECOND}.duration",
        ("5wd", "`5d`"),
    ),
    "a lag without its unit": (
        milestone("id: m", "depends_on: [{milestone: other, lag: §2d}]"),
        f"{SECOND}.depends_on[0].lag",
        ("2wd", "3ed", "`2d`"),
    ),
    # Ids and references
    "an id in capitals": (milestone("id: §API_GA"), f"{SECOND}.id", ("lower-case", "`API_GA`")),
    "a name of a source with a space": (
        "sources: {§my plan: {kind: sheet, path: x.csv}}",
        'sources["my plan"]',
        ("lower-case",),
    ),
    "two programs of one id": (
        "programs:\n  - id: p\n  - id: §p\n",
        "programs[1].id",
        ("already the id of another program", "line 2"),
    ),
    "two reports to one audience": (
        reports("{audience: a, to: [c]}, {audience: §a, to: [c]}"),
        "programs[0].reports[1].audience",
        ("already the audience of another report of this program",),
    ),
    "a report by an unknown channel": (
        reports("{audience: a, to: [§d]}"),
        "programs[0].reports[0].to[0]",
        ("unknown channel `d`",),
    ),
    "a report by a channel that brings none": (
        reports("{audience: a, to: [§pager]}"),
        "programs[0].reports[0].to[0]",
        ("`pagerduty` brings no documents",),
    ),
    "a cadence in words": (
        reports("{audience: a, to: [c], cadence: §weekly}"),
        "programs[0].reports[0].cadence",
        ("P1D, P2W or P1M",),
    ),
    "a time that no day has": (
        reports('{audience: a, to: [c], at: §"24:00"}'),
        "programs[0].reports[0].at",
        ("09:00",),
    ),
    "a budget in no currency": (
        budget("approved: {by: d, date: 2026-01-05}").replace("EUR", "§euro"),
        "programs[0].budget.currency",
        ("ISO code of a currency",),
    ),
    "a budget of nothing": (
        budget("start: 2026-01-05").replace("bac: 9", "bac: §0"),
        "programs[0].budget.bac",
        ("0",),
    ),
    "actual costs from nowhere": (
        budget("actuals: §{}"),
        "programs[0].budget.actuals",
        ("exactly one of `csv`",),
    ),
    "hours that no source reads": (
        budget("actuals: {worklogs: §{rate: 90}}"),
        "programs[0].budget.actuals.worklogs",
        ("add `worklogs: true` to `jira`",),
    ),
    "a rate for an unknown project": (
        budget("actuals: {worklogs: {rate: 90, projects: {r: §80}}}"),
        "programs[0].budget.actuals.worklogs.projects.r",
        ("unknown project `r`", "known are q"),
    ),
    "a rate for an unknown team": (
        budget("actuals: {worklogs: {rate: 90, streams: {r: §80}}}"),
        "programs[0].budget.actuals.worklogs.streams.r",
        ("unknown stream `r`", "there is none"),
    ),
    "a rate for a role of nobody": (
        budget("actuals: {worklogs: {rate: 90, roles: {tester: §80}}}"),
        "programs[0].budget.actuals.worklogs.roles.tester",
        ("unknown role `tester`", "there is none"),
    ),
    "a rate for a role of one person": (
        "people: [{id: ana, role: tester}, {id: ben, role: other}]\n"
        + budget("actuals: {worklogs: {rate: 90, roles: {tester: §80}}}"),
        "programs[0].budget.actuals.worklogs.roles.tester",
        ("only `ana` has the role `tester`", "two people"),
    ),
    "a rate of a currency to itself": (
        "rates: [{date: 2026-01-05, from: EUR, to: §EUR, rate: 1}]",
        "rates[0].to",
        ("between two currencies",),
    ),
    "two rates of one day": (
        (
            "rates:\n  - {date: 2026-01-05, from: USD, to: EUR, rate: 0.9}\n"
            "  - §{date: 2026-01-05, from: EUR, to: USD, rate: 1.1}\n"
        ),
        "rates[1]",
        ("have a rate of that day already, in line 2",),
    ),
    "two projects of one id": (
        "programs: [{id: p, projects: [{id: q}, {id: §q}]}]",
        "programs[0].projects[1].id",
        ("another project of this program",),
    ),
    "two milestones of one id": (
        milestone("id: §other"),
        f"{SECOND}.id",
        ("another milestone of this project", "line 7"),
    ),
    "an unknown source": (
        milestone("id: m", "from: [{source: §jria}]"),
        f"{SECOND}.from[0].source",
        ("unknown source `jria`", "did you mean `jira`?"),
    ),
    "an unknown source in a scope": (
        "programs: [{id: p, projects: [{id: q, scope: [{source: §jira}]}]}]",
        "programs[0].projects[0].scope[0].source",
        ("unknown source `jira`", "none is defined"),
    ),
    "an unknown calendar": (
        milestone("id: m", "calendar: §plant"),
        f"{SECOND}.calendar",
        ("unknown calendar `plant`", "`default`"),
    ),
    "an unknown calendar of a lag": (
        milestone("id: m", "depends_on: [{milestone: other, lag_calendar: §defualt}]"),
        f"{SECOND}.depends_on[0].lag_calendar",
        ("did you mean `default`?",),
    ),
    "an unknown milestone": (
        milestone("id: m", "depends_on: [{milestone: §othr}]"),
        f"{SECOND}.depends_on[0].milestone",
        ("unknown milestone `p/q/othr`", "did you mean `other`?"),
    ),
    "a milestone of another project": (
        milestone("id: m", "depends_on: [{milestone: §other}]").replace("id: other", "id: o")
        + "      - {id: r, milestones: [{id: other}]}\n",
        f"{SECOND}.depends_on[0].milestone",
        ("did you mean `r/other`?",),
    ),
    "an unknown project": (
        milestone("id: m", "depends_on: [{milestone: §p/qq/other}]"),
        f"{SECOND}.depends_on[0].milestone",
        ("unknown project `p/qq`", "did you mean `p/q`?"),
    ),
    "a milestone of a project that discovers none": (
        milestone("id: m", "depends_on: [{milestone: §xyz}]"),
        f"{SECOND}.depends_on[0].milestone",
        ("list it", "discover"),
    ),
    "a reference with too many parts": (
        milestone("id: m", "depends_on: [{milestone: §a/p/q/other}]"),
        f"{SECOND}.depends_on[0].milestone",
        ("program/project/milestone",),
    ),
    "a milestone that waits for itself": (
        milestone("id: m", "depends_on: [{milestone: §q/m}]"),
        f"{SECOND}.depends_on[0].milestone",
        ("cannot wait for itself",),
    ),
    "the same dependency twice": (
        milestone("id: m", "depends_on:", "  - milestone: other", "  - milestone: §p/q/other"),
        f"{SECOND}.depends_on[1].milestone",
        ("same dependency", "line 10"),
    ),
    # What does not hold together
    "a promise nobody outside made": (
        milestone("id: m", "promise: §2026-12-01"),
        f"{SECOND}.promise",
        ("`external: true`", "`commitment`"),
    ),
    "a confirmation without a promise": (
        milestone("id: m", "external: true", "confirmed: §2026-12-01"),
        f"{SECOND}.confirmed",
        ("no `promise`",),
    ),
    "finished before it was started": (
        milestone("id: m", "started: 2026-06-12", "finished: §2026-06-01"),
        f"{SECOND}.finished",
        ("before it was started, 2026-06-12",),
    ),
    "a baseline that runs backwards": (
        milestone("id: m", "baseline: {start: 2026-11-06, finish: §2026-11-02}"),
        f"{SECOND}.baseline.finish",
        ("before the start",),
    ),
    "a spread that narrows": (
        milestone("id: m", "spread: {p50: 9wd, p85: §5wd}"),
        f"{SECOND}.spread.p85",
        ("never less than p50, 9wd",),
    ),
    "a selector of two tools": (
        milestone("id: m", "from: [{source: jira, project: A, repository: §acme/api}]"),
        f"{SECOND}.from[0].repository",
        ("never hold together",),
    ),
    "a selector of two things": (
        milestone("id: m", "from: [{source: jira, version: v1, epic: §A-1}]"),
        f"{SECOND}.from[0].epic",
        ("exclude each other",),
    ),
    "a team that never works": (
        "calendars: {default: {workdays: §[]}}",
        "calendars.default.workdays",
        ("at least 1",),
    ),
    "a team that never finishes": (
        "programs: [{id: p, projects: [{id: q, throughput: {samples: §[0, 0]}}]}]",
        "programs[0].projects[0].throughput.samples",
        ("never finished",),
    ),
    "a throughput beside a forecast by points": (
        "programs: [{id: p,projects: [{id: q,throughput: {samples: [3]},forecast_by: §points}]}]",
        "programs[0].projects[0].forecast_by",
        ("a `throughput` counts items",),
    ),
    "a team of two minds about points": (
        "programs: [{id: p,projects: [{id: q,stream: t},{id: r,stream: t,forecast_by: §points}]}]",
        "programs[0].projects[1].forecast_by",
        ("`q` is of the same team and is forecast by items",),
    ),
    "a team that is forecast by items after all": (
        "programs: [{id: p,projects: [{id: q,stream: t,forecast_by: points},{id: r,stream: §t}]}]",
        "programs[0].projects[1].stream",
        ("`q` is of the same team and is forecast by points",),
    ),
    "an unknown weekday": (
        "calendars: {default: {workdays: [mon, §thur]}}",
        "calendars.default.workdays[1]",
        ("did you mean `thu`?",),
    ),
    "an unknown country": (
        "calendars: {default: {country: §de}}",
        "calendars.default.country",
        ("did you mean `DE`?",),
    ),
    "an unknown subdivision": (
        "calendars: {default: {country: DE, subdivision: §BAY}}",
        "calendars.default.subdivision",
        ("subdivision of DE", "BY"),
    ),
    "a subdivision of nothing": (
        "calendars: {default: {subdivision: §BY}}",
        "calendars.default.subdivision",
        ("`country`",),
    ),
    "an unknown time zone": (
        "timezone: §Europe/Berln",
        "timezone",
        ("unknown time zone", "did you mean `Europe/Berlin`?"),
    ),
    "half a time zone": ("timezone: §Europe", "timezone", ("unknown time zone",)),
    "a time zone out of a folder": ("timezone: §../UTC", "timezone", ("unknown time zone",)),
    "a time zone of nothing": ('timezone: §""', "timezone", ("unknown time zone", "such as")),
    "an address without its port": ("listen: §localhost", "listen", ("127.0.0.1:10870",)),
    "a port that no machine has": ("listen: §localhost:99999", "listen", ("host:port",)),
    "an outside address without a scheme": (
        "external_url: §slipwatch.acme.example",
        "external_url",
        ("https://HOST",),
    ),
    "an outside address with a password": (
        "external_url: §https://sam:pw@acme.example",
        "external_url",
        ("no account",),
    ),
    "an outside address with a query": (
        "external_url: §https://acme.example/?next=x",
        "external_url",
        ("query",),
    ),
    "an id that is no rule": ("rules: {disable: [§SCH1]}", "rules.disable[0]", ("SCH-001",)),
    "a threshold of what is no rule": (
        "rules: {settings: {§sch-005: {moves: 4}}}",
        "rules.settings.sch-005",
        ("SCH-001",),
    ),
    "a waiver for ever": (
        "waivers:\n  - §rule: SCH-001\n    subject: p/q/m\n    approver: dana\n    reason: known\n",
        "waivers[0].expires",
        ("missing", "The last day it holds"),
    ),
    "a waiver without a reason": (
        'waivers: [{rule: SCH-001, subject: p, approver: d, reason: §"", expires: 2026-12-31}]',
        "waivers[0].reason",
        ("expected text",),
    ),
    "a waiver that lasts too long": (
        (
            "waivers:\n  - {rule: SCH-001, subject: p, approver: d, reason: r,\n"
            "     approved: 2026-01-01, expires: §2026-04-02}"
        ),
        "waivers[0].expires",
        ("90 days at most", "2026-04-01 or earlier"),
    ),
    "a waiver that is over before it begins": (
        (
            "waivers:\n  - {rule: SCH-001, subject: p, approver: d, reason: r,\n"
            "     approved: 2026-01-02, expires: §2026-01-01}"
        ),
        "waivers[0].expires",
        ("over before it begins",),
    ),
    "a rule that is wanted and not wanted": (
        "programs: [{id: p, rules: {disable: [SCH-001], enable: §[SCH-001]}}]",
        "programs[0].rules.enable",
        ("SCH-001 is disabled here as well",),
    ),
    # Sources and the store
    "an unknown kind": (
        "sources: {jira: {kind: §traker}}",
        "sources.jira.kind",
        ("did you mean `tracker`?", "sheet, tracker"),
    ),
    "a kind left out": ("sources: {plan: §{path: x}}", "sources.plan.kind", ("sheet, tracker",)),
    "a source that is a text": ("sources: {plan: §x.csv}", "sources.plan", ("mapping", "`kind`")),
    "a missing key of a source": (
        "sources: {plan: §{kind: sheet}}",
        "sources.plan.path",
        ("`path` is missing", "The file."),
    ),
    "a source without its address": (
        JIRA.replace("https://j.example", "§j.example"),
        "sources.jira.url",
        ("base URL",),
    ),
    "a source at a port that is no number": (
        JIRA.replace("https://j.example", "§https://j.example:jira"),
        "sources.jira.url",
        ("base URL",),
    ),
    "a password beside the whole address": (
        "store: {env: S, password: §{env: P}}",
        "store.password",
        ("holds the whole URL",),
    ),
    "a database nobody speaks to": (
        "store: §mysql://u@h/d",
        "store",
        ("sqlite:///FILE", "postgresql+psycopg://"),
    ),
    "a database without its driver": (
        "store: §postgres://u@h/d",
        "store",
        ("postgresql+psycopg://",),
    ),
    "a database in memory": ("store: §sqlite://", "store", ("forgets", "sqlite:///FILE")),
    "a file for a host": ("store: §sqlite://slipwatch.db", "store", ("three slashes",)),
    "a store of a number": ("store: §3", "store", ("sqlite:///FILE",)),
    "a store of two ways": ("store: §{url: sqlite:///a.db, env: S}", "store", ("{env: NAME}",)),
    "a password of a file": (
        "store: {url: sqlite:///a.db, password: §{env: P}}",
        "store.password",
        ("leave it out",),
    ),
    # Secrets
    "a literal token": (
        JIRA.replace("{env: T}", f"§{SECRET}"),
        "sources.jira.auth.token",
        ("never written into the file", "`token: {env: JIRA_TOKEN}`", "{file: PATH}"),
    ),
    "a literal token in quotes": (
        JIRA.replace("{env: T}", f'§"{SECRET}"'),
        "sources.jira.auth.token",
        ("`token: {env: JIRA_TOKEN}`",),
    ),
    "a token that is a number": (
        JIRA.replace("{env: T}", "§12345678"),
        "sources.jira.auth.token",
        ("`token: {env: JIRA_TOKEN}`",),
    ),
    "a token one level too high": (
        JIRA.replace("{token: {env: T}}", f"§{SECRET}"),
        "sources.jira.auth",
        ("expected a mapping with the keys `token`",),
    ),
    "a token in place of the variable": (
        JIRA.replace("env: T", "env: §ghp_abcdefABCDEF0123"),
        "sources.jira.auth.token.env",
        ("looks like the secret itself", "name of an environment variable"),
    ),
    "a variable with a dash": (
        JIRA.replace("env: T", "env: §JIRA-TOKEN"),
        "sources.jira.auth.token.env",
        ("name of an environment variable",),
    ),
    "a secret in nobody's home": (
        JIRA.replace("env: T", "file: §~no-such-user-here/token"),
        "sources.jira.auth.token.file",
        ("home folder",),
    ),
    "a variable of the store with a dash": (
        "store: {env: §SLIPWATCH-STORE}",
        "store.env",
        ("name of an environment variable",),
    ),
    "a secret from two places": (
        JIRA.replace("{env: T}", "§{env: T, file: t}"),
        "sources.jira.auth.token",
        ("either {env: NAME} or {file: PATH}",),
    ),
    "a literal key of the other way in": (
        JIRA.replace("{token: {env: T}}", f"{{app_id: 3, private_key: §{SECRET}}}"),
        "sources.jira.auth.private_key",
        ("`private_key: {env: JIRA_PRIVATE_KEY}`",),
    ),
    "a password in the address of a source": (
        JIRA.replace("https://j.example", f"§https://pm:{SECRET}@j.example"),
        "sources.jira.url",
        ("no credentials", "`auth`"),
    ),
    "a password in the address of the store": (
        f"store: §postgresql+psycopg://u:{SECRET}@h/d",
        "store",
        ("never written", "password: {env: SLIPWATCH_STORE_PASSWORD}", "{env: SLIPWATCH_STORE}"),
    ),
    "a password behind the address of the store": (
        f"store: {{url: §'postgresql+psycopg://h/d?password={SECRET}'}}",
        "store.url",
        ("never written",),
    ),
    "a password that breaks the address of the store": (
        f"store: §postgresql+psycopg://u@h:{SECRET}/d",
        "store",
        ("postgresql+psycopg://",),
    ),
    "a literal password of the store": (
        f"store: {{url: postgresql+psycopg://u@h/d, password: §{SECRET}}}",
        "store.password",
        ("`password: {env: STORE_PASSWORD}`",),
    ),
    "a secret that begins like an alias": (
        JIRA.replace("{env: T}", f"§*{SECRET} "),
        "sources.jira.auth.token",
        ("alias",),
    ),
}


def marked(text: str) -> tuple[str, int, int]:
    """Take the mark out and say where it was."""
    before, _, after = text.partition("§")
    return before + after, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


@pytest.mark.parametrize(("text", "path", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_mistake_is_one_problem_with_position_key_and_mend_and_repeats_no_secret(
    text: str, path: str, words: tuple[str, ...], load: Load
) -> None:
    text, line, column = marked(text)
    with pytest.raises(ConfigError) as caught:
        load(text)
    (found,) = caught.value.problems
    assert (found.line, found.column, found.path) == (line, column, path)
    for word in words:
        assert word in found.message
    told: BaseException | None = caught.value
    while told is not None:
        assert SECRET not in str(told)
        assert "ghp_" not in str(told)
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)


def test_everything_wrong_is_told_at_once_in_order(problems: Problems) -> None:
    text = """\
        timezone: Europe/Berln
        calendars:
          default: {country: XX}
        sources:
          jira: {kind: tracker, url: https://j.example, auth: {token: literal}, projects: PAY}
          plan: {kind: shet}
        programs:
          - id: p
            titel: P
            projects:
              - id: q
                calendar: plant
                scope: [{source: jra}]
                milestones:
                  - {id: a, commitment: 2026-02-30, depends_on: [{milestone: a}]}
                  - {id: a, weight: heavy}
        """
    assert [(p.line, p.path) for p in problems(text)] == [
        (1, "timezone"),
        (3, "calendars.default.country"),
        (5, "sources.jira.auth.token"),
        (5, "sources.jira.projects"),
        (6, "sources.plan.kind"),
        (9, "programs[0].titel"),
        (12, "programs[0].projects[0].calendar"),
        (13, "programs[0].projects[0].scope[0].source"),
        (15, "programs[0].projects[0].milestones[0].commitment"),
        (15, "programs[0].projects[0].milestones[0].depends_on[0].milestone"),
        (16, "programs[0].projects[0].milestones[1].id"),
        (16, "programs[0].projects[0].milestones[1].weight"),
    ]


def test_the_error_reads_as_one_line_for_each_problem(tmp_path: Path, kinds: Kinds) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text("timezone: UTCC\nlisten: x\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path, kinds=kinds)
    first, second = str(caught.value).splitlines()
    assert first == f"{path}:1:11: timezone: unknown time zone; did you mean `UTC`?"
    assert second.startswith(f"{path}:2:9: listen: expected host:port")


def test_a_file_cannot_steer_the_terminal_by_its_problems(problems: Problems) -> None:
    found = problems('"\\e[31mred\\nline": 1\ntimezone: UTC\nlisten: "\\e[2J"\n')
    assert [problem.path for problem in found] == ['["\\x1b[31mred\\nline"]', "listen"]
    assert all(str(problem).isprintable() for problem in found)


def test_a_missing_id_does_not_make_references_wrong(problems: Problems) -> None:
    text = milestone("title: forgot the id", "depends_on: [{milestone: elsewhere}]")
    assert [p.path for p in problems(text)] == [f"{SECOND}.id"]


def test_positions_count_from_the_text_and_not_from_the_byte_order_mark(problems: Problems) -> None:
    (problem,) = problems("\ufefftimezone: X/Y\n")
    assert (problem.line, problem.column) == (1, 11)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, kinds: Kinds) -> None:
    path = tmp_path / "missing.yaml"
    with pytest.raises(
        ConfigError, match=r"missing\.yaml:1:1: there is no such file.*--config.*slipwatch init"
    ):
        load_settings(path, kinds=kinds)


def test_a_folder_is_told(tmp_path: Path, kinds: Kinds) -> None:
    with pytest.raises(ConfigError, match=r":1:1: the file cannot be read: "):
        load_settings(tmp_path, kinds=kinds)


def test_another_encoding_is_told_with_its_place(tmp_path: Path, kinds: Kinds) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_bytes(b"timezone: UTC\nwaivers: [{reason: gem\xe4\xdf}]\n")
    with pytest.raises(ConfigError, match=r":2:23: the byte 0xE4 is not UTF-8"):
        load_settings(path, kinds=kinds)


class Branch(Settings):
    """A part that contains itself."""

    code: Annotated[str, Field(max_length=3)] = Field(default="", description="Short.")
    branches: tuple["Branch", ...] = Field(default=(), description="Further down.")


class ForeignSettings(SourceSettings):
    """Somebody else's kind of source."""

    tree: Branch = Field(description="Contains itself.")


def test_the_models_of_a_third_party_are_told_as_well(tmp_path: Path) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text(
        "sources:\n  x: {kind: foreign, code: a, tree: {branches: [{code: long}, {cod: b}]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path, kinds={"foreign": ForeignSettings})
    above, long, wrong = caught.value.problems
    assert (above.path, above.column) == ("sources.x.code", 22)
    assert "belongs in `sources.x.tree`" in above.message
    assert (long.path, long.column) == ("sources.x.tree.branches[0].code", 56)
    assert "at most 3 characters" in long.message
    assert (wrong.path, wrong.column) == ("sources.x.tree.branches[1].cod", 64)
    assert "did you mean `code`?" in wrong.message


def test_nesting_without_end_is_refused(problems: Problems) -> None:
    (problem,) = problems("programs: " + "[" * 5000)
    assert "levels deep" in problem.message


def test_a_few_lines_that_stand_for_millions_are_refused(problems: Problems) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdef", "bcdefg", strict=True)
    ]
    assert any("aliases" in problem.message for problem in problems("\n".join(lines)))


def test_indented_files_keep_their_columns(problems: Problems) -> None:
    (problem,) = problems(dedent("\n  timezone: X\n"))
    assert (problem.line, problem.column) == (2, 11)
