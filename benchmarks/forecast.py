"""Measures forecasts on one core: ``python -m benchmarks.forecast [CASE …]``."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.attributing import baseline_states
from slipwatch.aggregator.forecast.quantiles import quantiles
from slipwatch.aggregator.memory import Memory
from slipwatch.aggregator.network import Study, floats
from slipwatch.aggregator.outlook import forecast_portfolio
from slipwatch.aggregator.plan import Plan
from tests.acceptance.commands import peak_memory

from . import forecast_floor as floor
from .forecast_worlds import AS_OF, network, program, with_one_change

LEVELS = (0.5, 0.85, 0.95)
TIMES = 3
"""Of each case, in processes of their own."""


class Measured(msgspec.Struct, frozen=True):
    """What one case took: seconds of CPU, those of its floor, and MiB."""

    seconds: float
    floor: float | None
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured, and what it may take."""

    what: str
    seconds: float | None = None
    """The bound; None for what is only shown."""
    run: Callable[[], tuple[float, float, float | None]]
    """Returns seconds, MiB and the floor's seconds."""
    peak: float | None = None
    """The bound in MiB."""


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _with_peak(
    work: Callable[[], object], plain: Callable[[], object] | None = None
) -> tuple[float, float, float | None]:
    seconds = _timed(work)
    peak = peak_memory() / 1024
    return seconds, peak, None if plain is None else _timed(plain)


def _forecast(
    streams: int, queue: int, dependencies: int, trials: int
) -> tuple[float, float, float | None]:
    portfolio = program(streams=streams, queue=queue, dependencies=dependencies, red=50)

    def ours() -> None:
        finishes = forecast_portfolio(portfolio, seed=0, trials=trials).finishes
        for milestone in finishes:
            quantiles(finishes[milestone], LEVELS)

    def plain() -> None:
        floor.forecast(streams=streams, queue=queue, dependencies=dependencies, trials=trials)

    return _with_peak(ours, plain)


def _one_change() -> tuple[float, float, float | None]:
    portfolio = program(streams=10, queue=100, dependencies=1500, red=50)
    changed, memory = with_one_change(portfolio), Memory()
    assess_portfolio(portfolio, seed=0, trials=1000, memory=memory)
    return _with_peak(lambda: assess_portfolio(changed, seed=0, trials=1000, memory=memory))


def _assessment() -> tuple[float, float, float | None]:
    portfolio = program(streams=100, queue=100, dependencies=15_000, red=50)
    return _with_peak(lambda: assess_portfolio(portfolio, seed=0, trials=1000))


def _attribution() -> tuple[float, float, float | None]:
    portfolio = program(streams=100, queue=100, dependencies=15_000, red=50)
    plan: Plan = forecast_portfolio(portfolio, seed=0, trials=20)
    targets = [m.id for m in portfolio.milestones.values() if m.commitment is not None]
    baselines = baseline_states(portfolio)
    return _with_peak(lambda: Study(plan.network, baselines, plan.as_of).attributions(targets))


def _deterministic() -> tuple[float, float, float | None]:
    built = network(nodes=100_000, edges=300_000)
    # Layers are cut once for each network.
    built.schedule(AS_OF.toordinal())
    return _with_peak(
        lambda: floats(built.schedule(AS_OF.toordinal())),
        lambda: floor.longest_path(nodes=100_000, edges=300_000),
    )


CASES = {
    "large": Case(
        what="forecast: 10,000 milestones, 15,000 dependencies, 100 streams, 10,000 trials",
        seconds=12,
        peak=700,
        run=lambda: _forecast(100, 100, 15_000, 10_000),
    ),
    "small": Case(
        what="forecast: 1,000 milestones, 1,000 trials",
        seconds=0.3,
        run=lambda: _forecast(10, 100, 1500, 1000),
    ),
    "change": Case(
        what="one changed item among 1,000 milestones: assessed again, 1,000 trials",
        seconds=0.5,
        run=_one_change,
    ),
    "assessment": Case(
        what="assessment: 10,000 milestones, 15,000 dependencies, 1,000 trials", run=_assessment
    ),
    "attribution": Case(
        what="attribution of 50 commitments among 10,000 milestones", seconds=5, run=_attribution
    ),
    "deterministic": Case(
        what="dates and floats of 100,000 activities and 300,000 edges",
        seconds=1,
        run=_deterministic,
    ),
}


def measure(name: str) -> Measured:
    """Give the middle one of some measurements: this clock doubles from one moment to the next."""
    some = sorted((_measure_once(name) for _ in range(TIMES)), key=lambda each: each.seconds)
    return replace(some[TIMES // 2], peak=max(each.peak for each in some))


def _measure_once(name: str) -> Measured:
    """Measure a case in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.forecast", "--here", name],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(ran.stdout, type=Measured)


def show(console: Console, names: list[str]) -> bool:
    """Print what each case took and may take; False when a bound does not hold."""
    table = Table(
        title="Forecasts on one core",
        caption=f"Seconds of CPU, the middle of {TIMES}, beside those of the same sizes in plain "
        "NumPy in the same process.",
    )
    for column in ("What", "Seconds", "Bound", "Floor", "Ratio", "Peak MiB", "Bound", "Holds"):
        table.add_column(column)
    holds = True
    for name in names:
        case, took = CASES[name], measure(name)
        in_time = case.seconds is None or took.seconds <= case.seconds
        fine = in_time and took.peak <= (case.peak or took.peak)
        holds = holds and fine
        table.add_row(
            case.what,
            f"{took.seconds:.2f}",
            "" if case.seconds is None else f"{case.seconds:g}",
            "" if took.floor is None else f"{took.floor:.2f}",
            "" if took.floor is None else f"{took.seconds / took.floor:.1f}",
            f"{took.peak:.0f}",
            "" if case.peak is None else f"{case.peak:g}",
            "ok" if fine else "NOT",
        )
    console.print(table)
    return holds


def main() -> int:
    """Print the table; 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("case", choices=[*CASES, []], nargs="*", help="default: all of them")
    parser.add_argument("--here", choices=list(CASES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        seconds, peak, plain = CASES[given.here].run()
        found = Measured(seconds=seconds, floor=plain, peak=peak)
        sys.stdout.buffer.write(msgspec.json.encode(found))
        return 0
    return 0 if show(Console(width=150), given.case or list(CASES)) else 1


if __name__ == "__main__":
    sys.exit(main())
