"""Measures the delay risk on public histories: ``python -m benchmarks.delay DATA``.

DATA holds two data sets. That of M. Choetkiertikul et al., "Predicting the delay of issues with due
dates in software projects" (Empirical Software Engineering 22, 2017), is in CSV files
``emse2017/PROJECT_TIME.csv.gz``. The learner is the product's own, on the columns of the data; the
order is that of opening, the first 80 % train (docs/delay-risk.md). That of sprints is in
``tse2017/TRACKER_iteration_PERCENT.csv.gz`` (benchmarks/sprints.py).
"""

import argparse
import csv
import gzip
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from slipwatch.aggregator.delay import learning
from slipwatch.aggregator.delay.features import FEATURES
from slipwatch.aggregator.delay.learning import Floats, Forest, Prior, PriorFile, Term

from . import sprints

PROJECTS: Final = ("duraspace", "jira", "moodle", "wso2")
TIMES: Final = ("creation", "discussion", "due")
TRAINS: Final = 0.8
NAMES: Final = {
    "age": "ProgressTime",
    "days_left": "RemainingDay",
    "reopened": "repetition",
    "milestones": "no_fixversion",
    "milestone_moves": "no_fixversion_change",
    "links": "no_issuelink",
    "blocks": "no_blocking",
    "blocked_by": "no_blockedby",
    "assignee_open": "workload",
}
"""Our features, and the columns of the data that say the same."""
PERCENT: Final = {"late_of_its_assignee": "perofdelay"}
"""The same, where the column is in percent."""
TOLD: Final = ("age", "days_left", "reopened", "links", "assignee_open", *PERCENT)
"""What the prior is made of. The data's counts of versions, their changes and blockers would weigh
against being late, which nobody should believe of another company's tracker."""
OTHERS: Final = ("discussion", "no_comment", "no_priority_change", "no_affectversion")
"""Columns of the data that say what slipwatch does not read."""
WORDS: Final = ("type", "priority")
VERSIONS: Final = ("milestones", "milestone_moves")
WITHOUT: Final = {
    "no versions": VERSIONS,
    "nor age, days left": (*VERSIONS, "age", "days_left"),
}
"""Features that may know too much in these data: versions are typed when work ends, and with them
the day at which an item is looked at."""


@dataclass(frozen=True, slots=True)
class History:
    """One project's issues at one time, oldest first."""

    rows: Floats
    """Columns as in ``FEATURES``."""
    everything: Floats
    """Those, and what else the data tells."""
    late: Floats


def main() -> int:
    """Print the scores; with ``--write-prior`` write a file the product ships."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with emse2017/ and tse2017/")
    parser.add_argument("--write-prior", type=Path, metavar="FILE")
    parser.add_argument("--write-sprint-prior", type=Path, metavar="FILE")
    given = parser.parse_args()
    for name in ("emse2017", "tse2017"):
        if not (given.data / name).is_dir():
            parser.error(f"{given.data} has no folder {name}")
    histories = {
        (project, when): read(given.data / "emse2017" / f"{project}_{when}.csv.gz")
        for project in PROJECTS
        for when in TIMES
    }
    past = sprints.read_all(given.data / "tse2017")
    if given.write_prior:
        _write(given.write_prior, fit(histories))
    if given.write_sprint_prior:
        _write(given.write_sprint_prior, sprints.fit(past))
    if given.write_prior or given.write_sprint_prior:
        return 0
    console = Console(width=160)
    for shown in (table(histories), *sprints.tables(past)):
        console.print(shown)
    return 0


def _write(path: Path, prior: msgspec.Struct) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(prior)) + b"\n")


def read(path: Path) -> History:
    """Read one file of the data."""
    with gzip.open(path, "rt", encoding="latin-1") as lines:
        records = sorted(csv.DictReader(lines), key=lambda record: record["openeddate"])
    rows = np.full((len(records), len(FEATURES)), nan)
    for name, column in NAMES.items():
        rows[:, FEATURES.index(name)] = [_number(record[column]) for record in records]
    for name, column in PERCENT.items():
        rows[:, FEATURES.index(name)] = [_number(record[column]) / 100 for record in records]
    others = [[_number(record[column]) for column in OTHERS] for record in records]
    codes = [_codes([record[column] for record in records]) for column in WORDS]
    return History(
        rows=rows,
        everything=np.column_stack([rows, others, *codes]),
        late=np.array([float(record["delaydays"]) > 0 for record in records], dtype=np.float64),
    )


def table(histories: dict[tuple[str, str], History]) -> Table:
    """Score forest and prior at due-date time; the prior is fitted without the project."""
    shown = Table(
        title="Late or not, told when the due date was set; the newest 20 % of each project"
    )
    for name in ("Project", "Cases", "Late"):
        shown.add_column(name)
    scores: list[list[float]] = []
    for model in ("our features", "all columns", *WITHOUT, "prior, own shift"):
        shown.add_column(f"F1, {model}", justify="right")
        shown.add_column("AUC", justify="right")
    for project in PROJECTS:
        history = histories[project, "due"]
        known = round(TRAINS * len(history.late))
        late = history.late[known:]
        others = {key: value for key, value in histories.items() if key[0] != project}
        chances = [
            Forest(rows[:known], history.late[:known], seed=0).chances(rows[known:])
            for rows in (
                history.rows,
                history.everything,
                *(_less(history.rows, left_out) for left_out in WITHOUT.values()),
            )
        ]
        chances.append(_prior(fit(others), history.late[:known], history.rows[known:]))
        scores.append([score for found in chances for score in _scores(late, found)])
        shown.add_row(
            project, str(len(history.late)), f"{late.mean():.0%}", *(f"{s:.2f}" for s in scores[-1])
        )
    shown.add_row("mean", "", "", *(f"{score:.2f}" for score in np.mean(scores, axis=0)))
    return shown


def fit(histories: dict[tuple[str, str], History]) -> PriorFile:
    """Fit the prior's logistic regression; each project counts the same."""
    names = list(TOLD)
    logarithm = [name in NAMES for name in names]
    rows = np.vstack([history.rows for history in histories.values()])
    late = np.concatenate([history.late for history in histories.values()])
    weights = np.concatenate(
        [np.full(len(history.late), 1 / len(history.late)) for history in histories.values()]
    )
    columns = np.nan_to_num(rows[:, [FEATURES.index(name) for name in names]])
    table = np.where(logarithm, np.log1p(np.maximum(columns, 0)), columns)
    found = LogisticRegression(C=1.0, max_iter=1000).fit(
        table, late, sample_weight=weights * len(late) / weights.sum()
    )
    return PriorFile(
        provenance=(
            "Logistic regression over the issues with due dates of "
            f"{', '.join(sorted({project for project, _ in histories}))} at creation, discussion "
            "and due date (Choetkiertikul et al., Empirical Software Engineering 22, 2017); each "
            "project counts the same. Made by python -m benchmarks.delay --write-prior."
        ),
        late=round(float(np.average(late, weights=weights)), 4),
        intercept=round(float(found.intercept_[0]), 4),
        terms={
            name: Term(
                weight=round(float(weight), 4),
                logarithm=log,
                typical=round(float(np.median(column)), 4),
            )
            for name, weight, log, column in zip(
                names, found.coef_[0], logarithm, columns.T, strict=True
            )
        },
    )


def _less(rows: Floats, left_out: Sequence[str]) -> Floats:
    return rows[:, [name not in left_out for name in FEATURES]]


def _prior(file: PriorFile, own: Floats, rows: Floats) -> Floats:
    return Prior(learning.shift(file.late, own), file).chances(rows)


def _scores(late: Floats, chances: Floats) -> Iterator[float]:
    yield float(f1_score(late, chances >= 0.5))
    yield float(roc_auc_score(late, chances))


def _number(text: str) -> float:
    return nan if text in ("", "NULL") else float(text)


def _codes(words: Sequence[str]) -> list[int]:
    order = sorted(set(words))
    return [order.index(word) for word in words]


if __name__ == "__main__":
    sys.exit(main())
