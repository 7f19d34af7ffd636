"""Writes docs/forecast-quality.md: what the forecasts are worth, and what they are not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import comb
from pathlib import Path
from statistics import fmean

import numpy as np

from slipwatch.aggregator.backtest.cases import OURS, Case
from slipwatch.aggregator.backtest.replaying import Replay
from slipwatch.aggregator.backtest.result import Checkpoint, Scores
from slipwatch.aggregator.backtest.scores import quantile, wilson
from slipwatch.aggregator.backtest.scoring import LEVELS, checkpoints, row
from slipwatch.aggregator.backtest.subjects import Finish

from ..outside.halves import HALVES, halved, written_halves
from ..outside.reports import proof, written
from . import by_points
from .missed import COVERAGE, ENOUGH, LESS_CRPS, LESS_ERROR, best, holding, missed
from .running import run
from .sets import SETS, TestSet

MIDDLE = (25, 50, 75)
_FEWEST = 6
"""Cases that a correlation is told of."""

_HEAD = """\
# Forecast quality

What the forecasts were worth on histories that nobody here wrote. Written by

```sh
python -m benchmarks.backtest --page docs/forecast-quality.md --data DATA
```

in a few minutes, from the public histories named below. Nothing is left out: where a goal is
missed, it says so.

`slipwatch backtest` does the same with a store of your own, as a table, as JSON, or as a page with
the calibration curve and the fan of every finished milestone. How far P50, P85 and P95 held stays
with the program and is shown with its forecasts (`calibration` in the assessment). Where P85 held
in less than 70 % of cases, and that is no chance, forecasts of the program are of low confidence.
Run it again when a few more milestones are over.

## How it is measured

A milestone that is over is forecast as of days when 25, 50 and 75 % of its life had passed, by the
code that makes today's assessments, from what was known at the end of that day: items that were
there, their state, membership and estimates as the changelogs tell them, dates that somebody had
seen. The code is given nothing that was learned later; `tests/aggregator/backtest` holds that by
changing the future. Days are working days. One milestone is one unit of weight. The weights of
the model are those that the past until that day taught, and quantiles are corrected as they would
have been for somebody who had run the back-test then.

- **Life** of a version: from the day by which 5 % of its items were done to its finish.
- **Finish** of a version: the day typed for its release, if half of what was ever done in it was
  done by then, or its last item if that was earlier; else the day by which 95 % was done. Trackers
  are full of items that were closed years after the release they name; who waited for the release
  had it. What other readings would give stands at the end.
- **The plan** of a version is unknown: its release date has no history in these dumps, and today's
  value of it is the outcome itself. Sprints and weekly reports have plans.
- **Versions** are those with a release date, so many resolved issues, and 28 days or more from the
  day by which 5 % of these were resolved to the last one. One that lived for less than five days by
  the definition above is left out: there is nothing to forecast.
- **Membership** in the tidev history is that of today, which is hindsight: it has no changelog.
- **P85 held**: the share of milestones done by the forecast's P85, with Wilson's 95 % interval.
- **P50 off**: the median error of P50 as a share of the time that it still took; in brackets the
  95 % interval by bootstrap over projects and the milestones in them.
- **CRPS**: the mean distance of the whole forecast from the outcome; of a single day, its error. A
  trial that does not end within eight years counts as eight years.
- **Train and test**: the train part holds the milestones of some projects that were over before a
  day, and is there to make choices on; the test part holds all later ones, and those of all other
  projects. Numbers that ship with the forecasts were learned from some of these histories; the
  table says where. A set whose test part they know is no test of them.

## The sets

| Set | What | Train part | Milestones, train and test | What of it ships |
|---|---|---|---|---|
"""

_GOALS = f"""\
Goals: P85 holds in {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%} of cases; P50 is off by \
{LESS_ERROR:.0%} less than the best baseline; the CRPS is {LESS_CRPS:.0%} below the plain \
bootstrap and the plan. A baseline counts as the best where it has something to say of \
{ENOUGH:.0%} of the milestones. Less is written with a plus; bold is met.
The chance of the first goal is that of a forecast whose P85 is perfect, with so many milestones.
"""
_SHORT = (
    (
        "| Set | At | n | P85 held | Chance of that goal | P50 error saved (best baseline) |"
        " CRPS saved: bootstrap | plan |"
    ),
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)

_AGAINST = """\
## Weekly reports against the managers

What is known of each project is its target and its managers' estimate, week by week. A forecast is
made on the day on which a share of the project's life had passed, from the reports until then;
errors are medians, as shares of the time that was left on that day. No project is forecast with
what it teaches itself: the prior is learned from all others, from those alone that were over by the
day of the forecast, as somebody would have had it then, or from those that were over before a day,
for the later ones alone. Two of the codes stand for one release; neither teaches the other. *P50
off* is the error of the forecast's median. *Best day off* is that of the day which such an error
rewards, read off the same distribution: the median with weights of 1 / outcome (Gneiting 2011),
since too late costs more of a short rest than too early. Bold is better than the managers; the
intervals are of the difference, over projects drawn anew, and where one holds zero, nobody is
better for sure. That the root of the age counts was chosen on projects over before 2001-09-01; its
factor, of those that were alike there, with an eye on all.

"""

_HALVES = f"""\
One split of so few projects says little: at 75 % the managers of the later ones are off by a third
less than those of all. So {HALVES} times one half of the projects, drawn at random, teaches, and
the other half is forecast. By that the way in which the prior is learned was chosen, which makes
the last three rows above no test of it: what a moved plan adds was the one value that told best of
projects left out, and is now the mean of all values, the better the more.

Looked for in vain: 70 other ways to read the reports, by the pinball loss of the log ratio over all
reports of a project that is left out of what it is read by, not by the errors above. They were how
fast the date moved, how often, by how much of late or in all, how near to its end, how long it has
stood, whether it ever moved, the age, the length of the first plan, each beside what a moved plan
adds or in its place; other roots or shares of the age, or so many days, in place of its root; more
or less smoothing and shrinking; and averages of several. None loses less by a standard error. The
best, two weeks in place of the root of the age, loses 0.1498 instead of 0.1517, standard error
0.0030, and is off by more at 50 %. Late in life the managers of one project in three are right
within a fifth of what is left, and nothing in the reports tells which.
"""

_WHY = """\
## Why the data do not allow more

**Few milestones.** A forecast whose P85 is perfect holds in 78 to 92 % of n cases only by chance,
which stands in the table above: where it is small, neither meeting nor missing that goal says much.

**Weights by stage of life were tried.** Weights learned from days on which about as much of the
scope was done would lose less on the train part, each milestone left out of its own weights (0.75
instead of 0.82, standard error 0.03), and on the test part: P85 would hold at 25 % in 67 and 79 %
of tidev and tidev-10, and 62 and 60 % of duraspace and duraspace-10; the CRPS of tidev-10 would be
33, 19 and 25 days. But open work that is added makes a milestone younger by that measure, so half
as much work again left the P50 of a milestone where it was. People plan by its work: not taken.
Of stages that added work cannot lower, the age beside that of the milestones a team finished would
lose 0.77, and the items done beside theirs 0.79 (standard errors of the differences 0.07 and 0.05),
where how far a day tells of others is chosen without the milestone; by that the share of the scope
would lose 0.73 (0.04). What helps is the share itself: while little is done, what is open counts
for less than it seems. No stage was found that says so and still lets added work make it later.

**Weights that learn faster were tried.** The public histories count as six milestones of a team's
own, so a team that is as regular as can be still gets a forecast that is too wide after four. With
two, each milestone of the train part forecast with what the other team taught and its own had
finished by then, the replay of the inside view would lose 0.90 instead of 0.97 (standard error
0.04), with one 0.82 (0.08). But the forecasts themselves would be nearer in one team of the train
part and farther off in the other (CRPS at 25 % with two: 9.3 instead of 10.2 days in tidev-10, 15.0
instead of 13.7 in duraspace-10), and P95 would hold there in 75 instead of 100 %, though that is by
a prior which knows these milestones, so that it can only gain by counting more. Not taken. Both
this and the weights before were tried when added items could still make less work.

**The checkpoints look ahead.** A day at 25, 50 or 75 % of a life is chosen by its end, which nobody
knew on it. Somebody who knows nothing but an age A needs a P85 of 3 A to hold at 25 %, and has one
that is nine times too long at 75 %, where A / 3 is left. Only what tells an early day from a late
one helps. How much does: the squared correlation, over all three checkpoints of the test part,
between the logarithm of what was left and that of

| Set | Cases | Age | P50 of the plain bootstrap | Plan | P50 of slipwatch |
|---|---:|---:|---:|---:|---:|
"""
_POOLED = """
0 is nothing, 1 all of it. Over the three checkpoints together, which is how people meet a forecast
who do not know the end, P85 held, with Wilson's interval for the number of milestones:

| Set | Milestones | P50 held | P85 held | P95 held |
|---|---:|---:|---:|---:|
"""

_TAIL = """\
## What would be otherwise with another finish

The same versions, all parts, if a version were over with 95 % of its items, or with the last one:

| Set | Finish | At | n | P85 held | P50 off | CRPS | CRPS of the plain bootstrap |
|---|---|---:|---:|---:|---:|---:|---:|
"""


def write_page(data: Path, work: Path) -> str:
    """Run every set and write the page."""
    how = Replay(checkpoints=MIDDLE)
    parts: dict[str, dict[str, list[Case]]] = {}
    for name, chosen in SETS.items():
        parts[name] = {"train": [], "test": []}
        for subject, case in run(chosen, data, work, how):
            parts[name][chosen.part_of(subject)].append(case)
    lines = [_HEAD.rstrip("\n")]
    lines += [_about(name, chosen, parts[name]) for name, chosen in SETS.items()]
    scored = {
        part: {name: checkpoints(parts[name][part]) for name in SETS} for part in ("test", "train")
    }
    lines += ["", "## In short: the test part against the goals", "", _GOALS, *_SHORT]
    lines += [
        _verdicts(name if each is found[0] else "", each)
        for name, found in scored["test"].items()
        for each in found
    ]
    lines += ["", _AGAINST.rstrip("\n"), "", *written(proof(data))]
    lines += ["", _HALVES.rstrip("\n"), "", *written_halves(halved(data))]
    lines += ["", _WHY.rstrip("\n")]
    lines += [_told(name, parts[name]["test"]) for name in SETS]
    lines += [_POOLED.rstrip("\n")]
    lines += [_pooled(name, parts[name]["test"]) for name in SETS]
    lines += missed(scored["test"], {name: parts[name]["test"] for name in SETS})
    for part, sets in scored.items():
        lines += ["", f"## The {part} part"]
        for name, found in sets.items():
            lines += _section(name, found)
    lines += ["", by_points.TEXT.rstrip("\n"), *by_points.compared(data, work, how)]
    lines += ["", _TAIL.rstrip("\n"), *_otherwise(data, work, how)]
    return "\n".join(lines).rstrip() + "\n"


def _about(name: str, chosen: TestSet, parts: dict[str, list[Case]]) -> str:
    learned = "; ".join(f"{of} before {until}" for of, until in chosen.learn.items())
    train, test = (len({case.milestone for case in parts[each]}) for each in ("train", "test"))
    return f"| {name} | {chosen.about} | {learned} | {train} and {test} | {chosen.ships} |"


def _section(name: str, found: Sequence[Checkpoint]) -> Iterator[str]:
    yield ""
    yield f"### {name}"
    yield ""
    yield "| At | Forecast | n | P50 held | P85 held | P95 held | P50 off, wd | P50 off | CRPS |"
    yield "|---:|---|---:|---:|---:|---:|---:|---:|---:|"
    for each in found:
        yield _line(f"{each.at} %", f"**{OURS}**", each)
        for baseline, scores in each.baselines.items():
            if scores.n:
                yield _line("", baseline.replace("_", " "), scores)


def _line(at: str, name: str, scores: Checkpoint | Scores) -> str:
    intervals = scores.intervals
    held, off, crps = "", "", ""
    if intervals is not None:
        low, high = intervals.coverage["p85"]
        held = f" ({low:.0%} to {high:.0%})"
        off = f" ({intervals.of_remaining[0]:.0%} to {intervals.of_remaining[1]:.0%})"
        crps = f" ({intervals.crps[0]:.0f} to {intervals.crps[1]:.0f})"
    cells = (
        at,
        name,
        f"{scores.n}",
        _percent(scores.coverage.p50),
        f"{_percent(scores.coverage.p85)}{held}",
        _percent(scores.coverage.p95),
        _days(scores.p50_error.workdays),
        f"{_percent(scores.p50_error.of_remaining)}{off}",
        f"{_days(scores.crps)}{crps}",
    )
    return f"| {' | '.join(cells)} |"


def _verdicts(name: str, found: Checkpoint) -> str:
    """Say of each goal whether it is met; in bold where it is."""
    held, strongest = found.coverage.p85, best(found)
    off, error = found.p50_error.of_remaining, None if strongest is None else strongest[1]
    of = None if strongest is None else strongest[0].replace("_", " ")
    less = 1 - off / error if off is not None and error else None
    skills = {name: scores.skill for name, scores in found.baselines.items()}
    cells = (
        name,
        f"{found.at} %",
        f"{found.n}",
        _goal(held, "{:.0%}", held is not None and COVERAGE[0] <= held <= COVERAGE[1]),
        f"{_chance(found.n):.0%}",
        _goal(less, "{:+.0%}", less is not None and less >= LESS_ERROR, of=of),
        *(
            _goal(skill, "{:+.0%}", skill is not None and skill >= LESS_CRPS)
            for skill in (skills.get("plain_bootstrap"), skills.get("plan"))
        ),
    )
    return f"| {' | '.join(cells)} |"


def _chance(n: int) -> float:
    """Give the chance that a P85 which is right holds as often as the goal wants."""
    low, high = holding(n)
    return sum(comb(n, k) * 0.85**k * 0.15 ** (n - k) for k in range(low, high + 1))


def _told(name: str, cases: Sequence[Case]) -> str:
    """Say how far what was known tells what was left."""
    cells = [
        name,
        f"{len(cases)}",
        _explained([(case, case.outcome * case.at / (100 - case.at)) for case in cases]),
    ]
    for forecast in ("plain_bootstrap", "plan", OURS):
        told = [
            (c, quantile(s, 0.5)) for c in cases if (s := c.forecasts.get(forecast)) is not None
        ]
        cells.append(_explained(told))
    return f"| {' | '.join(cells)} |"


def _explained(told: Sequence[tuple[Case, float]]) -> str:
    if len(told) < _FEWEST:
        return ""
    x = np.log([max(days, 1.0) for _, days in told])
    y = np.log([max(case.outcome, 1.0) for case, _ in told])
    return f"{np.corrcoef(x, y)[0, 1] ** 2:.2f}" if np.ptp(x) else ""


def _pooled(name: str, cases: Sequence[Case]) -> str:
    """Say how often quantiles held over all checkpoints; a milestone is one unit of weight."""
    held: dict[str, list[Mapping[str, bool]]] = defaultdict(list)
    for case in cases:
        samples = case.forecasts.get(OURS)
        if samples is not None:
            held[case.milestone].append(row(case, samples).held)
    shares = {
        level: fmean(fmean(h[level] for h in each) for each in held.values()) for level in LEVELS
    }
    low, high = wilson(round(shares["p85"] * len(held)), len(held))
    cells = (
        name,
        f"{len(held)}",
        _percent(shares["p50"]),
        f"{_percent(shares['p85'])} ({low:.0%} to {high:.0%})",
        _percent(shares["p95"]),
    )
    return f"| {' | '.join(cells)} |"


def _goal(value: float | None, form: str, met: bool, of: str | None = None) -> str:
    if value is None:
        return ""
    shown = form.format(value)
    return (f"**{shown}**" if met else shown) + (f" ({of})" if of else "")


def _otherwise(data: Path, work: Path, how: Replay) -> Iterator[str]:
    for name in ("tidev", "duraspace"):
        for finish in (Finish.NEARLY_ALL, Finish.LAST_ITEM):
            cases = [case for _, case in run(SETS[name], data, work, how, finish=finish)]
            for each in checkpoints(cases):
                cells = (
                    name,
                    finish.value.replace("_", " "),
                    f"{each.at} %",
                    f"{each.n}",
                    _percent(each.coverage.p85),
                    _percent(each.p50_error.of_remaining),
                    _days(each.crps),
                    _days(each.baselines["plain_bootstrap"].crps),
                )
                yield f"| {' | '.join(cells)} |"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _days(days: float | None) -> str:
    return "" if days is None else f"{days:.1f}"
