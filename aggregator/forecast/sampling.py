"""Random numbers that stay put, and the throughput they stand for (DOMAIN.md 2.2).

Every quantity draws from a generator of its own, trial by trial in the last axis and period by
period in the first: looking further ahead continues the same trials, and nothing that is added
beside them reshuffles them.
"""

from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import Final, Protocol, TypeVar, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

from .history import WeeklyHistory

_Number = TypeVar("_Number", np.int64, np.float64)

Ranks = NDArray[np.uint16]

Rate = NDArray[np.float32]
Rates = NDArray[np.float32]
"""Items per normal week (declared per day: per day), ``[periods, trials]``."""

_STRATA: Final = 256
_TO_STRATUM: Final = 8
"""Bits that a rank has more than a stratum."""


class _Digest(ISeedSequence):
    """Bits that are well mixed already; to mix them again takes ten times as long."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def generate_state(
        self, n_words: int, dtype: DTypeLike = np.uint32
    ) -> NDArray[np.uint32 | np.uint64]:
        """Return the first words."""
        return np.frombuffer(self._digest, dtype)[:n_words]


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a generator that depends on the seed and the names, and on nothing else."""
    digest = blake2b(repr((seed, names)).encode(), digest_size=32).digest()
    seeded = cast("np.random.SeedSequence", _Digest(digest))  # what numpy.random's stubs ask for
    return np.random.Generator(np.random.PCG64(seeded))


def ranks(rng: np.random.Generator, trials: int, rows: int = 1) -> Ranks:
    """Draw rows of whole numbers, each of 65,536 equally likely: at a fifth of floats' cost."""
    words = -(-trials // 4)
    drawn = rng.bit_generator.random_raw(rows * words).view(np.uint16)
    found: Ranks = drawn.reshape(rows, 4 * words)[:, :trials]
    return found


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
        self._level = np.ones(trials, dtype=np.float32)
        self._rng = rng

    def after(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the factors on the level after each of some periods, each so many weeks long."""
        factors = np.exp(np.multiply.outer(self._per_week * np.sqrt(weeks), _normals()))
        drawn = ranks(self._rng, self._level.size, weeks.size) >> _TO_STRATUM
        steps = np.add(drawn, _STRATA * np.arange(weeks.size)[:, None], dtype=np.intp)
        levels: Rates = factors.astype(np.float32).take(steps, mode="clip")
        before = self._level
        for level in levels:
            level *= before
            before = level
        self._level = before.copy()
        return levels


@lru_cache(maxsize=1)
def _normals() -> NDArray[np.float64]:
    """Return the middles of equal strata of the normal distribution, of variance 1."""
    quantile = NormalDist().inv_cdf
    middles = np.array([quantile((n + 0.5) / _STRATA) for n in range(_STRATA)])
    middles /= middles.std()
    middles.flags.writeable = False
    return middles


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
        shares = np.cumsum(weights[:-1], axis=0)
        self._thresholds = np.minimum(shares * 65_536, 65_535).astype(np.uint16)
        self._drift = drift
        self._rng = rng

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods; several weeks have the mean and variance of their average."""
        rates = self.average(self.choose(weeks.size), weeks[:, None])
        rates *= self.levels_after(weeks)
        return rates

    def choose(self, periods: int) -> NDArray[np.intp]:
        """Draw a week of the history for every trial of some periods."""
        drawn = ranks(self._rng, self._mean.size, periods)
        beyond = np.empty((periods, *self._thresholds.shape), np.bool_)
        for n, each in enumerate(drawn):
            np.greater_equal(each, self._thresholds, out=beyond[n])
        chosen: NDArray[np.uint8] = np.add.reduce(beyond.view(np.uint8), axis=1, dtype=np.uint8)
        return chosen.astype(np.intp)

    def average(self, chosen: NDArray[np.intp], of: float | NDArray[np.integer]) -> Rates:
        """Return what so many weeks are worth on average, as far as one of them tells."""
        rates: Rates = self._rates.take(chosen, mode="clip")
        if np.max(of) > 1:
            rates -= self._mean
            rates /= np.sqrt(of, dtype=np.float32)
            rates += self._mean
        return rates

    def levels_after(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the factors on the level after each of some periods."""
        return self._drift.after(weeks)


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
        rates = self._drift.after(weeks)
        for rate, length in zip(rates, weeks.tolist(), strict=True):
            items = self._rng.poisson(self._level * rate * length)
            np.divide(items, length, out=rate, casting="same_kind")
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
