"""Random numbers that stay put, and the throughput they stand for (DOMAIN.md 2.2).

Every quantity draws from a generator of its own, trial by trial in the last axis and period by
period in the first: looking further ahead continues the same trials, and nothing that is added
beside them reshuffles them.
"""

from hashlib import blake2b
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .history import WeeklyHistory

_Number = TypeVar("_Number", np.int64, np.float64)

Rates = NDArray[np.float32]
"""Items per normal week (declared per day: per day), ``[periods, trials]``."""


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a generator that depends on the seed and the names, and on nothing else."""
    digest = blake2b(repr((seed, names)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def stratified(rng: np.random.Generator, trials: int) -> NDArray[np.float64]:
    """Return the ends of ``trials`` equal strata of (0, 1], in random order.

    A distribution sampled with them by its quantile function shows its own quantiles, free of
    sampling error.
    """
    return (rng.permutation(trials) + 1) / trials


def resample(values: NDArray[_Number], uniform: NDArray[np.float64]) -> NDArray[_Number]:
    """Look up uniform numbers in (0, 1] in the empirical distribution (``inverted_cdf``)."""
    ranks = np.ceil(uniform * values.size).astype(np.int64) - 1
    return np.sort(values)[ranks]


class Throughput(Protocol):
    """How much a team gets done, as far ahead as anybody asks."""

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods of every trial, each so many weeks long."""
        ...


class Drift:
    """The level of a team's throughput wanders: a random walk of its logarithm."""

    def __init__(self, per_week: float, trials: int, rng: np.random.Generator) -> None:
        self._per_week = per_week
        self._level = np.zeros(trials, dtype=np.float32)
        self._rng = rng

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods' factors on the level."""
        walk = self._rng.standard_normal((weeks.size, self._level.size), dtype=np.float32)
        walk *= (self._per_week * np.sqrt(weeks, dtype=np.float32))[:, None]
        walk[0] += self._level
        np.cumsum(walk, axis=0, out=walk)
        self._level = walk[-1].copy()
        return np.exp(walk, out=walk)


class Bootstrap:
    """Weeks like those of the history, each trial with its own belief in how common each is.

    The Bayesian bootstrap: Dirichlet(1, …, 1) weights per trial, then weeks drawn with them. The
    plain bootstrap takes the few weeks seen for the whole truth and is over-confident.
    """

    def __init__(
        self, history: WeeklyHistory, drift: Drift, trials: int, rng: np.random.Generator
    ) -> None:
        weights = rng.standard_exponential((history.weeks, trials), dtype=np.float32)
        weights /= weights.sum(axis=0)
        self._rates: Rates = history.rates.astype(np.float32)
        self._mean = self._rates @ weights
        self._thresholds = np.cumsum(weights[:-1], axis=0)
        self._drift = drift
        self._rng = rng

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods; several weeks have the mean and variance of their average."""
        uniform = self._rng.random((weeks.size, self._mean.size), dtype=np.float32)
        chosen = np.zeros(uniform.shape, dtype=np.uint8)
        for threshold in self._thresholds:
            chosen += uniform > threshold
        rates: Rates = self._rates[chosen]
        if weeks.max() > 1:
            rates -= self._mean
            rates /= np.sqrt(weeks, dtype=np.float32)[:, None]
            rates += self._mean
        rates *= self._drift.draw(weeks)
        return rates


class FittedLevel:
    """Poisson weeks around a level known only as far as a few weeks tell (Gamma posterior)."""

    def __init__(
        self, history: WeeklyHistory, drift: Drift, trials: int, rng: np.random.Generator
    ) -> None:
        level = rng.standard_gamma(1 + history.items, trials) / history.capacity.sum()
        self._level = level.astype(np.float32)
        self._drift = drift
        self._rng = rng

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods of every trial."""
        span = weeks[:, None]
        items = self._rng.poisson(self._level * self._drift.draw(weeks) * span)
        rates: Rates = (items / span).astype(np.float32)
        return rates


class Declared:
    """A throughput that the operator states: its values are the truth, each equally likely."""

    def __init__(self, samples: tuple[int, ...], trials: int, rng: np.random.Generator) -> None:
        self._samples = np.array(samples, dtype=np.float32)
        self._trials = trials
        self._rng = rng

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return one value for every period of every trial, whatever its length."""
        shape = (weeks.size, self._trials)
        rates: Rates = self._samples[self._rng.integers(self._samples.size, size=shape)]
        return rates
