"""The formulas of earned value and Earned Schedule (DOMAIN.md 1.3, S13, S19).

What a formula needs and nobody knows is None, and so is what it gives then. A quotient whose
divisor is nought is None as well: where that means "cannot be reached any more", the docstring
says so.
"""

from dataclasses import dataclass

from .curve import Curve


def ratio(part: float | None, whole: float | None) -> float | None:
    """Divide what is known; None by nought."""
    return None if part is None or not whole else part / whole


def difference(one: float | None, other: float | None) -> float | None:
    """Subtract what is known."""
    return None if one is None or other is None else one - other


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFigures:
    """Earned value in money; ``bac`` is the budget at completion."""

    bac: float
    pv: float | None
    ev: float | None
    ac: float | None
    estimate: float | None = None
    """What its manager says that it will have cost."""

    @property
    def sv(self) -> float | None:
        """Schedule variance, EV - PV: negative is behind."""
        return difference(self.ev, self.pv)

    @property
    def cv(self) -> float | None:
        """Cost variance, EV - AC: negative is over budget."""
        return difference(self.ev, self.ac)

    @property
    def spi(self) -> float | None:
        """Schedule performance index, EV / PV; it is 1 at the end of a late project, too."""
        return ratio(self.ev, self.pv)

    @property
    def cpi(self) -> float | None:
        """Cost performance index, EV / AC: below 1 is over budget."""
        return ratio(self.ev, self.ac)

    @property
    def eac(self) -> float | None:
        """Estimate at completion if the rest costs as the past did: BAC / CPI."""
        return ratio(self.bac, self.cpi)

    @property
    def eac_as_planned(self) -> float | None:
        """Estimate at completion if the rest costs what was planned: AC + (BAC - EV)."""
        if self.ac is None or self.ev is None:
            return None
        return self.ac + (self.bac - self.ev)

    @property
    def eac_with_delay(self) -> float | None:
        """Estimate at completion if being late costs as well: AC + (BAC - EV) / (CPI x SPI)."""
        if self.ac is None or self.ev is None or self.cpi is None or self.spi is None:
            return None
        rest = ratio(self.bac - self.ev, self.cpi * self.spi)
        return None if rest is None else self.ac + rest

    @property
    def vac(self) -> float | None:
        """Variance at completion, BAC - EAC: negative is over budget."""
        return difference(self.bac, self.eac)

    @property
    def tcpi_bac(self) -> float | None:
        """How efficient the rest must be to keep the budget: (BAC - EV) / (BAC - AC).

        None also where the budget is used up: then no efficiency keeps it.
        """
        left = difference(self.bac, self.ac)
        return None if left is None or left <= 0 else ratio(difference(self.bac, self.ev), left)

    @property
    def tcpi_eac(self) -> float | None:
        """How efficient the rest must be to keep an estimate: (BAC - EV) / (EAC - AC).

        Of the manager's estimate where there is one, else of ``eac``, where it equals CPI.
        """
        eac = self.eac if self.estimate is None else self.estimate
        left = difference(eac, self.ac)
        return None if left is None or left <= 0 else ratio(difference(self.bac, self.ev), left)

    @property
    def spent(self) -> float | None:
        """The share of the budget that is spent."""
        return ratio(self.ac, self.bac)

    @property
    def complete(self) -> float | None:
        """The share of the budget that is earned."""
        return ratio(self.ev, self.bac)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFigures:
    """Earned Schedule: earned value in time, in the unit of the plan's times."""

    es: float
    """Earned Schedule: since the plan's begin, when the earned value was to be earned."""
    at: float
    """Actual time since the plan's begin."""
    pd: float
    """Planned duration."""

    @classmethod
    def of(cls, plan: Curve, *, earned: float, now: float) -> "TimeFigures | None":
        """Measure what is earned against a plan; None before that begins."""
        if now <= plan.start:
            return None
        return cls(es=plan.when(earned) - plan.start, at=now - plan.start, pd=plan.end - plan.start)

    @property
    def sv_t(self) -> float:
        """Schedule variance in time, ES - AT: negative is behind."""
        return self.es - self.at

    @property
    def spi_t(self) -> float:
        """Schedule performance index in time, ES / AT; it stays below 1 when late."""
        return self.es / self.at

    @property
    def ieac_t(self) -> float | None:
        """How long it takes in all at the pace so far: PD / SPI(t); None at a standstill."""
        return ratio(self.pd, self.spi_t)

    @property
    def tspi(self) -> float | None:
        """How fast the rest must go to end as planned: (PD - ES) / (PD - AT).

        None once the planned time is over: no pace reaches it, unless all is earned.
        """
        left = self.pd - self.at
        if self.es >= self.pd:
            return 0.0
        return None if left <= 0 else (self.pd - self.es) / left
