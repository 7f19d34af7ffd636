"""Learns from the store's own past which items will be late; without a past, a prior tells.

The learner is scikit-learn's random forest where it is installed (``slipwatch[delay]``) and there
is enough to learn from; it is believed only if it was better than the prior on the newest fifth
of the past, which it had not seen. The prior is a logistic regression over what every tracker
knows, fitted to public histories: ``prior.json`` says which, ``python -m benchmarks.delay`` how.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.util import find_spec
from math import log
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..portfolio.kept import Kept
from .features import FEATURES, Case

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST_CASES: Final = 200
FEWEST_OF_EACH: Final = 30
"""Late ones and ones in time, below which a forest learns noise."""
UNSEEN: Final = 0.2
"""The share of the past, its newest part, on which the learner is compared with the prior."""
TREES: Final = 200
OWN: Final = 30
"""So many ended cases of its own count as much as the prior's share of late ones."""


class Model(Protocol):
    """Tells of rows of features how likely each is late."""

    def chances(self, rows: Floats) -> Floats:
        """Return one chance between 0 and 1 for each row (columns as in ``FEATURES``)."""
        ...


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One feature of the prior."""

    weight: float
    logarithm: bool
    """Take log(1 + x) of it: days and counts."""
    typical: float
    """What stands in for an unknown value, on the scale of x."""


class PriorFile(msgspec.Struct, frozen=True, kw_only=True):
    """``prior.json``."""

    provenance: str
    late: float
    """The share of late items in what it was learned from, each history counting the same."""
    intercept: float
    terms: dict[str, Term]


@dataclass(frozen=True, slots=True)
class Prior:
    """A logistic regression, shifted to the share of late items that the store itself has seen."""

    shift: float
    file: PriorFile

    def chances(self, rows: Floats) -> Floats:
        """See ``Model``."""
        logit = np.full(len(rows), self.file.intercept + self.shift)
        for name, term in self.file.terms.items():
            column = rows[:, FEATURES.index(name)]
            column = np.where(np.isnan(column), term.typical, column)
            if term.logarithm:
                column = np.log1p(np.maximum(column, 0))
            logit += term.weight * column
        return np.asarray(1 / (1 + np.exp(-logit)))


class Forest:
    """A random forest that knows which values are missing."""

    def __init__(self, rows: Floats, late: Floats, *, seed: int) -> None:
        from sklearn.ensemble import RandomForestClassifier  # an extra, and slow to load

        self._forest: Any = RandomForestClassifier(
            TREES, min_samples_leaf=3, random_state=seed, n_jobs=1
        ).fit(rows, late)

    def chances(self, rows: Floats) -> Floats:
        """See ``Model``."""
        found: Floats = self._forest.predict_proba(rows)[:, 1]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model, and how good it was on what it had not seen."""

    model: Model
    method: Literal["learned", "prior"]
    cases: int
    late: int
    """Of the cases."""
    brier: float | None = None
    """Mean squared error of its chances on the newest fifth; None with too little past."""
    prior_brier: float | None = None
    """The prior's on the same cases."""
    usual: Floats | None = None
    """Of each feature, of what was in time; NaN where nobody knows, None with nothing in time."""


class Learner:
    """Learns once from the same past: it changes by the day, and is asked every few minutes.

    It serves one assessment after the other, not two at once.
    """

    def __init__(self) -> None:
        self.kept: Final = Kept()
        """What was told of items the last time."""
        self._known: _Known | None = None

    def learn(self, past: Sequence[Case], *, seed: int) -> Learned:
        """Learn from ended cases, oldest first; the same cases and seed give the same model."""
        known = self._known
        if known is not None and known.past is past and known.seed == seed:
            return known.learned
        rows = np.array([case.features for case in past]).reshape(len(past), len(FEATURES))
        late = np.array([case.late for case in past], dtype=np.float64)
        told, unseen = _split(past)
        parts = rows, late, told
        mark = blake2b(b"".join(part.tobytes() for part in parts) + str(seed).encode()).digest()
        if known is not None and known.mark == mark:
            learned = known.learned
        else:
            learned = learn(rows, late, told, unseen, seed=seed)
        self._known = _Known(past, seed, mark, learned)
        return learned


class _Known(NamedTuple):
    past: Sequence[Case]
    seed: int
    mark: bytes
    """Of all that was learned from."""
    learned: Learned


def medians(rows: Floats) -> Floats:
    """Return what is usual of each feature; NaN where nobody knows."""
    known = [column[~np.isnan(column)] for column in rows.T]
    return np.array([np.median(column) if len(column) else np.nan for column in known])


def _split(past: Sequence[Case]) -> tuple[Bools, Bools]:
    """Find the newest fifth of the cases, and those whose day was over before the first of them.

    Cases in between were open then: what became of them nobody knew.
    """
    unseen = np.arange(len(past)) >= round(len(past) * (1 - UNSEEN))
    first = next((case.at.date() for case, new in zip(past, unseen, strict=True) if new), date.min)
    return np.array([case.due < first for case in past], dtype=np.bool_), unseen


def learn(rows: Floats, late: Floats, known: Bools, unseen: Bools, *, seed: int) -> Learned:
    """Choose between prior and forest by the Brier score on ``unseen``, learned from ``known``."""
    cases = len(late)
    in_time = rows[late == 0]
    learned = Learned(
        model=_shifted(late),
        method="prior",
        cases=cases,
        late=int(late.sum()),
        usual=medians(in_time) if len(in_time) else None,
    )
    if not _is_enough(late[known]) or find_spec("sklearn") is None:
        return learned
    prior_brier = _brier(_shifted(late[known]), rows[unseen], late[unseen])
    brier = _brier(Forest(rows[known], late[known], seed=seed), rows[unseen], late[unseen])
    better = brier < prior_brier
    return replace(
        learned,
        model=Forest(rows, late, seed=seed) if better else learned.model,
        method="learned" if better else "prior",
        brier=min(brier, prior_brier),
        prior_brier=prior_brier,
    )


@cache
def read_prior() -> PriorFile:
    """Read the shipped prior."""
    return msgspec.json.decode(
        files("slipwatch.aggregator.delay").joinpath("prior.json").read_bytes(), type=PriorFile
    )


def _is_enough(late: Floats) -> bool:
    fewest = min(late.sum(), len(late) - late.sum())
    return len(late) >= FEWEST_CASES and bool(fewest >= FEWEST_OF_EACH)


def shift(share: float, late: Floats) -> float:
    """Return what to add to a prior's log odds, ``share`` of whose items were late.

    With many cases of its own it is what makes the odds those of ``late``, with none it is 0.
    """
    own = (late.sum() + OWN * share) / (len(late) + OWN)
    return log(own / (1 - own)) - log(share / (1 - share))


def _shifted(late: Floats) -> Prior:
    prior = read_prior()
    return Prior(shift(prior.late, late), prior)


def _brier(model: Model, rows: Floats, late: Floats) -> float:
    return float(np.mean((model.chances(rows) - late) ** 2))
