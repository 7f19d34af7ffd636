"""What whole syncs cost: beside the floor, in requests, in memory, by how much has changed."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import yaml

from slipwatch.aggregator.store import open_store
from tests.acceptance.worlds import Kind, Size, digest, stored_facts, write_config
from tests.postgres import Postgres

from .floor import Floor, fetch
from .measured import Measured, Run, measuring, run
from .site import Asked, Site, running

SHARES = (0.001, 0.01, 0.1)
FULL_WALL, FULL_CPU, POSTGRES_WALL = 1.5, 3.0, 2.0
AN_ANSWER = 0.025
"""Seconds that an unhurried site takes for an answer: a tenth of what PyGithub leaves between two
requests. One that answers from memory at once shows computing alone."""
MOST_MEMORY = 200.0
"""MiB."""
TURNS = 5
"""Of syncs that find little, for each round of one that reads all."""
FLAT = 1.1
"""How much more memory ten times the issues may take: the noise of an allocator."""
PROPORTIONAL = 1.5
"""How much more computing than its fair share a sync may take that finds some issues changed: that
of as many issues in a larger sync, for each scope that has some what it costs to ask one in vain,
and for each further request what one costs that finds nothing."""

_ISSUE_LISTS = re.compile(r"/search|/issues$")
_OF_HISTORY = re.compile(r"changelog|/timeline|/events")


@dataclass(frozen=True, slots=True)
class Round:
    """A sync and its floor, one right after the other."""

    ours: Measured
    floor: Floor

    @property
    def wall(self) -> float:
        """Elapsed time as a multiple of the floor's."""
        return self.ours.seconds / self.floor.seconds

    @property
    def cpu(self) -> float:
        """Computing as a multiple of the floor's."""
        return self.ours.cpu / self.floor.cpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One sync that was measured, beside a bare session that fetched the same pages."""

    kind: Kind
    what: str
    issues: int
    scopes: int
    """In which those issues are."""
    pages: list[Asked]
    rounds: list[Round]
    complete: bool
    """Whether the store holds what is true, no more and no less."""

    @property
    def middle(self) -> Round:
        """The round to show, by the ratio of its elapsed times."""
        return sorted(self.rounds, key=lambda each: each.wall)[len(self.rounds) // 2]

    @property
    def wall(self) -> float:
        """Elapsed time as a multiple of the floor's."""
        return median(each.wall for each in self.rounds)

    @property
    def cpu(self) -> float:
        """Computing as a multiple of the floor's."""
        return self.computed / sum(each.floor.cpu for each in self.rounds)

    @property
    def least(self) -> float:
        """Seconds of CPU of the quickest round: whatever else goes on can only add to it."""
        return min(each.ours.cpu for each in self.rounds)

    @property
    def computed(self) -> float:
        """Seconds of CPU, of all rounds."""
        return sum(each.ours.cpu for each in self.rounds)

    def asked(self, pattern: re.Pattern[str]) -> int:
        """Count the requests of a sort."""
        return sum(_is_of(page, pattern) for page in self.pages)


@dataclass(frozen=True, slots=True)
class Line:
    """One promise, what was measured of it, and whether it holds."""

    promise: str
    bound: str
    measured: str
    holds: bool


def answering(seconds: float) -> str:
    """Say in the name of a sync how long the site takes for an answer."""
    return f", {seconds * 1000:g} ms an answer" if seconds else ""


UNHURRIED = answering(AN_ANSWER)


def measure(
    size: Size, *, rounds: int, postgres: bool, answers: Iterable[float] = ()
) -> Iterator[Figure]:
    """Sync a site from nothing into each database, then unchanged, then with a share changed.

    ``answers`` are further times that the site takes for an answer, in seconds; a full sync into
    SQLite is measured with each.
    """
    with ExitStack() as stack:
        site = stack.enter_context(running(size))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Postgres.running(fsync=True)) if postgres else None
        for seconds in sorted({0.0, AN_ANSWER, *answers}):
            site.take(seconds)
            name = answering(seconds)
            yield _from_nothing(site, folder, rounds, f"full, SQLite{name}")
            if server is not None and seconds in {0.0, AN_ANSWER}:
                yield _from_nothing(site, folder, rounds, f"full, PostgreSQL{name}", server)
        site.take(0)
        yield from _by_share(site, folder, turns=TURNS * rounds)


def measure_memory(size: Size) -> float:
    """Give the peak in MiB of a full sync of a site that is too large to be remembered."""
    with running(size, remember=False) as site, tempfile.TemporaryDirectory() as folder:
        return run(_config(site, Path(folder) / "large")).peak


def _from_nothing(
    site: Site, folder: Path, rounds: int, what: str, server: Postgres | None = None
) -> Figure:
    """Sync some times, each beside its floor: a machine is faster at one time than at another."""
    measured: list[Round] = []
    complete, pages = True, list[Asked]()
    for number in range(rounds + 1):
        place = folder / f"{what}{number}"
        with ExitStack() as stack:
            url = stack.enter_context(server.database()) if server is not None else None
            config = _config(site, place, url)
            if number == 0:
                run(config)  # The site remembers what it is asked.
                site.pages()
                continue
            ours = run(config)
            pages = site.pages()
            measured.append(Round(ours, fetch(site.url, site.size.kind, pages)))
            site.pages()
            complete = complete and _is_complete(site, config)
        shutil.rmtree(place)
    return Figure(
        kind=site.size.kind,
        what=what,
        issues=measured[0].ours.items,
        scopes=site.size.scopes,
        pages=pages,
        rounds=measured,
        complete=complete,
    )


def _by_share(site: Site, folder: Path, *, turns: int) -> Iterator[Figure]:
    """Sync what lacks nothing, or the changes of a share of the issues: in turns, all of them.

    A machine computes faster at one time than at another, so those to compare go side by side.
    """
    with measuring() as run_there:
        behind = _behind(site, folder, run_there)
        pages = [list[Asked]() for _ in behind]
        measured = [list[Round]() for _ in behind]
        complete = [False for _ in behind]
        for turn in range(turns + 1):
            for number, stale in enumerate(behind):
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    shutil.copytree(stale.folder, place, dirs_exist_ok=True)
                    config = _config(site, Path(place))
                    site.pages()
                    ours = run_there(config)
                    pages[number] = site.pages()
                    if turn == 0:  # The site remembers what it is asked.
                        complete[number] = _is_complete(site, config)
                        continue
                    floor = fetch(site.url, site.size.kind, pages[number])
                    measured[number].append(Round(ours, floor))
    for number, stale in enumerate(behind):
        yield Figure(
            kind=site.size.kind,
            what=_changed(stale.share) if stale.share else "nothing changed",
            issues=len(stale.issues),
            scopes=len({_scope(key) for key in stale.issues}),
            pages=pages[number],
            rounds=measured[number],
            complete=complete[number],
        )


@dataclass(frozen=True, slots=True)
class _Stale:
    """A store that does not know the last changes of a share of the issues."""

    share: float
    folder: Path
    issues: set[str]


def _behind(site: Site, folder: Path, run_there: Run) -> list[_Stale]:
    """Let issues change, and keep a store from before the last changes of each share."""
    current = folder / "kept"
    run(_config(site, current))
    every = site.size.scopes * site.size.issues
    kept = list[_Stale]()
    for share, next_share in pairwise((*reversed(SHARES), 0.0)):
        before = folder / f"kept{share}"
        shutil.copytree(current, before)
        kept.append(_Stale(share, before, set()))
        changed = site.edit(round(every * share) - round(every * next_share), len(kept))
        for stale in kept:
            stale.issues.update(changed)
        run_there(_config(site, current))
    return [_Stale(0.0, current, set()), *reversed(kept)]


def _changed(share: float) -> str:
    return f"{share:.1%} changed"


def _scope(key: str) -> str:
    """Give the project or repository of an issue, from ``T001-7`` or ``acme/r001#7``."""
    return re.split(r"[-#]", key)[0]


def _config(site: Site, folder: Path, store: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = write_config(folder, site.size.kind, site.url, site.size.names())
    if store is not None:
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "store": store}))
    return path


def _is_complete(site: Site, config: Path) -> bool:
    with open_store(yaml.safe_load(config.read_text())["store"]) as store:
        return digest(stored_facts(store)) == digest(site.facts())


def lines(size: Size, figures: list[Figure]) -> Iterator[Line]:
    """Judge what was measured of one site."""
    by_name = {figure.what: figure for figure in figures}
    full = by_name["full, SQLite"]
    unhurried = by_name[f"full, SQLite{UNHURRIED}"]
    yield _ratio("full sync into SQLite, elapsed", full.wall, FULL_WALL)
    yield _ratio(f"full sync into SQLite, elapsed{UNHURRIED}", unhurried.wall, FULL_WALL)
    yield _ratio("full sync into SQLite, CPU", _cpu(full, unhurried), FULL_CPU)
    peak = max(each.ours.peak for each in full.rounds)
    yield Line("peak memory", f"<= {MOST_MEMORY:.0f} MiB", f"{peak:.0f}", peak <= MOST_MEMORY)
    whole = max(each.ours.whole for each in full.rounds)
    yield Line(
        "peak memory, with the processes that read",
        f"<= {MOST_MEMORY:.0f} MiB",
        f"{whole:.0f}",
        whole <= MOST_MEMORY,
    )
    for pace in ("", UNHURRIED):
        if (stored := by_name.get(f"full, PostgreSQL{pace}")) is not None:
            yield _ratio(f"full sync into PostgreSQL, elapsed{pace}", stored.wall, POSTGRES_WALL)
    unchanged = by_name["nothing changed"]
    yield from _when_nothing_changed(size, unchanged)
    changed = [by_name[_changed(share)] for share in SHARES]
    for figure, larger in zip(changed, [*changed[1:], full], strict=True):
        yield from _when_some_changed(size, figure, unchanged, larger)


def _cpu(*figures: Figure) -> float:
    """Compare the computing of all rounds: that of a floor doubles from one moment to the next."""
    floors = sum(each.floor.cpu for figure in figures for each in figure.rounds)
    return sum(figure.computed for figure in figures) / floors


def _when_nothing_changed(size: Size, figure: Figure) -> Iterator[Line]:
    lists = figure.asked(_ISSUE_LISTS)
    rest = len(figure.pages) - lists
    different = len({page for page in figure.pages if not _is_of(page, _ISSUE_LISTS)})
    yield Line(
        "nothing changed: requests for issues",
        f"<= {size.scopes}, 1 per scope",
        str(lists),
        lists <= size.scopes,
    )
    yield Line(
        "nothing changed: other requests, each a listing asked once",
        f"<= {different}",
        str(rest),
        rest <= different,
    )
    history = figure.asked(_OF_HISTORY)
    yield Line("nothing changed: requests for history", "0", str(history), history == 0)


def _when_some_changed(
    size: Size, figure: Figure, unchanged: Figure, larger: Figure
) -> Iterator[Line]:
    more = len(figure.pages) - len(unchanged.pages)
    history = figure.asked(_OF_HISTORY)
    yield Line(
        f"{figure.what}: requests more than for nothing",
        f"<= {figure.issues}, 1 per issue",
        str(more),
        more <= figure.issues,
    )
    yield Line(
        f"{figure.what}: requests for history",
        f"<= {figure.issues}, 1 per issue",
        str(history),
        history <= figure.issues,
    )
    spent = figure.least - unchanged.least
    an_issue = (larger.least - unchanged.least) / larger.issues
    a_scope = unchanged.least / size.scopes
    a_request = unchanged.least / len(unchanged.pages)
    fair = figure.issues * an_issue + figure.scopes * a_scope + more * a_request
    yield Line(
        f"{figure.what}: CPU, beside its fair share",
        f"<= {PROPORTIONAL}",
        f"{spent / fair:.2f}, {spent * 1000:.0f} ms",
        spent <= PROPORTIONAL * fair,
    )


def memory_line(small: float, large: float, issues: int) -> Line:
    """Judge the memory of a site ten times as large."""
    return Line(
        f"peak memory with {issues:,} issues, beside a tenth of them",
        f"<= {FLAT}, <= {MOST_MEMORY:.0f} MiB",
        f"{large / small:.2f}, {large:.0f} MiB",
        large <= FLAT * small and large <= MOST_MEMORY,
    )


def _is_of(page: Asked, pattern: re.Pattern[str]) -> bool:
    return pattern.search(urlsplit(page.target).path) is not None


def _ratio(promise: str, value: float, bound: float) -> Line:
    return Line(promise, f"<= {bound} x floor", f"{value:.2f}", value <= bound)
