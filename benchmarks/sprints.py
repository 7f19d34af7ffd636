"""How much of public sprints is left undone, against the published error.

The data are those of M. Choetkiertikul et al., "Predicting delivery capability in iterative
software development" (IEEE Transactions on Software Engineering 44, 2018): sprints of two trackers
at 0, 30, 50 and 80 % of their planned time. What is foretold is the paper's: by how many points a
sprint delivers less than what was in it at that moment, which is negative where more was added
and done. The data have no dates; sprints are numbered in the order they were made, and so the first
80 % of the numbers train. A sprint that several boards show is on one side.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_predict

from slipwatch.aggregator.delay.learning import Floats
from slipwatch.aggregator.delay.sprints import LOOKS, Look, SprintPrior, share_left

TRACKERS: Final = ("apache", "jira")
TRAINS: Final = 0.8
TREES: Final = 100
PUBLISHED: Final = 0.349
NAMED: Final = 3
"""The first columns: board, sprint and name. The name is not quoted and may hold commas."""
COLUMNS: Final = (
    "planday",
    "no_issue_starttime",
    "vel_starttime",
    "no_issue_added",
    "vel_added",
    "no_issue_removed",
    "vel_removed",
    "no_issuetodo",
    "vel_todo",
    "no_issueinprogress",
    "vel_inprogress",
    "no_issuedone",
    "vel_done",
    "no_admin",
    "no_teammember",
)
NORMS: Final = ("range", "IQR", "SD", "mean abs", "guess")
"""By what an error may be divided: range, interquartile range, standard deviation and mean
absolute value of the outcomes that are scored, and the error of guessing one of them."""


@dataclass(frozen=True, slots=True)
class Sprints:
    """One tracker's sprints at one moment, oldest first; a row is a sprint on a board."""

    boards: Sequence[str]
    numbers: NDArray[np.int64]
    rows: Floats
    """Columns as in ``COLUMNS``."""
    short: Floats
    """Points that were delivered less than were in the sprint."""

    @property
    def open(self) -> Floats:
        """Points that are to do or in progress."""
        return np.asarray(
            self.rows[:, COLUMNS.index("vel_todo")] + self.rows[:, COLUMNS.index("vel_inprogress")]
        )

    def first(self) -> int:
        """Return how many rows train; all rows of a sprint do, or none."""
        every = np.unique(self.numbers)
        return int(np.searchsorted(self.numbers, every[round(TRAINS * len(every))]))

    def looks(self) -> Iterator[Look | None]:
        """Give what the product learns from; None where nothing was open."""
        for board, open_, short in zip(self.boards, self.open, self.short, strict=True):
            left = float(np.clip(short, 0, open_))
            yield Look(board, float(open_), left) if open_ else None


Histories = Mapping[tuple[str, float], Sprints]
"""By tracker and share of the planned time that is over."""


def read_all(folder: Path) -> Histories:
    """Read the data of all trackers at all moments."""
    return {
        (tracker, share): read(folder / f"{tracker}_iteration_{share * 100:.0f}.csv.gz")
        for tracker in TRACKERS
        for share in LOOKS
    }


def read(path: Path) -> Sprints:
    """Read one file of the data."""
    with gzip.open(path, "rt", encoding="latin-1") as lines:
        header, *records = csv.reader(lines, quoting=csv.QUOTE_NONE)
    if tuple(header[NAMED + 1 :]) != COLUMNS:
        raise ValueError(f"{path.name} has other columns")
    records.sort(key=lambda record: int(record[1]))
    told = np.array([[float(cell) for cell in record[-len(COLUMNS) - 1 :]] for record in records])
    return Sprints(
        boards=[record[0] for record in records],
        numbers=np.array([int(record[1]) for record in records]),
        rows=told[:, 1:],
        short=-told[:, 0],
    )


def fit(histories: Histories) -> SprintPrior:
    """Find the shares the product ships; each tracker counts the same."""
    trackers = sorted({tracker for tracker, _ in histories})
    left = [
        np.mean([_usual(histories[tracker, share].looks()) for tracker in trackers])
        for share in LOOKS
    ]
    return SprintPrior(
        provenance=(
            f"Share of the open points that was left undone in the sprints of "
            f"{' and '.join(trackers)} at 0, 30, 50 and 80 % of their planned time (Choetkiertikul "
            "et al., IEEE Transactions on Software Engineering 44, 2018); each tracker counts the "
            "same. Made by python -m benchmarks.delay --write-sprint-prior."
        ),
        left=tuple(round(float(share), 4) for share in left),
    )


def _usual(looks: Iterator[Look | None]) -> float:
    known = [look for look in looks if look is not None]
    return sum(look.left for look in known) / sum(look.open for look in known)


def errors(histories: Histories, tracker: str, share: float) -> dict[str, float]:
    """Return the mean absolute error, in points, of ours and of the others on the newest sprints.

    The prior is fitted without the tracker it is scored on.
    """
    sprints = histories[tracker, share]
    first = sprints.first()
    known, rows = sprints.short[:first], sprints.rows
    open_, truth = sprints.open[first:], sprints.short[first:]
    prior = _prior_of_others(histories, tracker, share)
    every = np.arange(len(rows))
    foretold: dict[str, Floats] = {
        "mean": np.full(len(truth), known.mean()),
        "median": np.full(len(truth), np.median(known)),
        "all open": open_,
        "forest": _forest().fit(rows[:first], known).predict(rows[first:]),
        "prior": prior * open_,
        "ours": _ours(sprints, every[:first], every[first:], prior),
    }
    guess = np.abs(known[:, None] - truth[None, :]).mean()
    found = {name: float(np.abs(told - truth).mean()) for name, told in foretold.items()}
    return {"guess": float(guess), **found}


def norms(truth: Floats) -> dict[str, float]:
    """Return what errors on these outcomes may be divided by, by name."""
    low, high = np.percentile(truth, [25, 75])
    guess = np.abs(truth[:, None] - truth[None, :]).mean()
    found = (np.ptp(truth), high - low, truth.std(), np.abs(truth).mean(), guess)
    return {name: float(norm) for name, norm in zip(NORMS, found, strict=True)}


def tables(histories: Histories) -> Iterator[Table]:
    """Score ours and the others, and divide the errors in every way."""
    models = ("guess", "mean", "median", "all open", "forest", "prior", "ours")
    shown = Table(title="Points of the newest 20 % of sprints left undone: mean absolute error")
    normed = Table(title="The same, normalised: the median of the past | ours")
    for name in ("Tracker", "Of its time", "Sprints"):
        shown.add_column(name)
    for name in ("Tracker", "Of its time"):
        normed.add_column(name)
    for name in models:
        shown.add_column(name, justify="right")
    for name in NORMS:
        normed.add_column(name, justify="right")
    ratios: list[list[tuple[float, float]]] = []
    for tracker, share in histories:
        sprints = histories[tracker, share]
        truth = sprints.short[sprints.first() :]
        found = errors(histories, tracker, share)
        shown.add_row(
            tracker, f"{share:.0%}", str(len(truth)), *(f"{found[name]:.1f}" for name in models)
        )
        by = norms(truth)
        ratios.append([(found["median"] / by[name], found["ours"] / by[name]) for name in NORMS])
        normed.add_row(tracker, f"{share:.0%}", *_pairs(ratios[-1]))
    normed.add_row("mean", "", *_pairs(np.mean(ratios, axis=0)))
    yield shown
    yield normed
    yield _shuffled(histories)


def _shuffled(histories: Histories) -> Table:
    """Normalise errors in ten shuffled folds: what trains knows the future, and other boards."""
    shown = Table(title=f"In ten shuffled folds, normalised (published: {PUBLISHED})")
    shown.add_column("")
    for name in NORMS:
        shown.add_column(name, justify="right")
    ratios: dict[str, list[list[float]]] = {"forest": [], "ours": []}
    for (tracker, share), sprints in histories.items():
        folds = KFold(10, shuffle=True, random_state=0)
        told = cross_val_predict(_forest(), sprints.rows, sprints.short, cv=folds)
        prior = _prior_of_others(histories, tracker, share)
        ours = np.empty(len(told))
        for known, asked in folds.split(sprints.rows):
            ours[asked] = _ours(sprints, known, asked, prior)
        for name, each in (("forest", told), ("ours", ours)):
            error = np.abs(each - sprints.short).mean()
            ratios[name].append([error / norm for norm in norms(sprints.short).values()])
    for name, found in ratios.items():
        shown.add_row(name, *(f"{ratio:.2f}" for ratio in np.mean(found, axis=0)))
    return shown


def _ours(sprints: Sprints, known: NDArray[Any], asked: NDArray[Any], prior: float) -> Floats:
    """Foretell what is left of the sprints asked for as the product does, from those known."""
    looks = list(sprints.looks())
    past = [look for look in (looks[row] for row in known) if look is not None]
    shares = {team: share_left(past, team, prior) for team in set(sprints.boards)}
    every = np.array([shares[team] for team in sprints.boards]) * sprints.open
    return np.asarray(every[asked])


def _prior_of_others(histories: Histories, tracker: str, share: float) -> float:
    others = {key: value for key, value in histories.items() if key[0] != tracker}
    return fit(others).left[LOOKS.index(share)]


def _pairs(ratios: Any) -> list[str]:
    return [f"{median:.2f} | {ours:.2f}" for median, ours in ratios]


def _forest() -> Any:
    return RandomForestRegressor(TREES, random_state=0, n_jobs=1)
