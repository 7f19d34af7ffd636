"""From settings and facts to the portfolio of one day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from slipwatch.config.programs import ProjectSettings
from slipwatch.config.settings import SlipwatchSettings

from ..benefits.profiles import program_aims, project_aims, strategy_of
from ..collector import collector_at_rest
from ..money.building import money_of
from ..people.names import Names
from ..records import Item
from . import replay
from .calendars import calendars
from .declared import declared_dependencies
from .earning import hours_of, packages_of
from .facts import Facts, Ref
from .flow import Flow
from .freshness import between_syncs, source_state
from .governed import governed
from .keeping import UpkeepReader
from .kept import Kept
from .leave import away
from .lift import ItemGraph, lift, merge
from .lives import Life
from .lookup import Lookup
from .milestones import Base, MilestoneReader, Whole
from .model import Dependency, Milestone, Portfolio, Program, Project, Stream
from .origins import Origin, discoverable, members_of, slug
from .people import Doing, count_doing, leads_gone, named, read_people
from .points import PointsReader
from .select import Index, is_work
from .series import Series
from .sources import SourceState
from .standing import as_it_stood
from .stays import StayReader, latest
from .telling import read_plans, read_reported, read_talk
from .withdrawals import read_withdrawn
from .work import Changes, Work, WorkReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A portfolio, and what about it the store should remember."""

    portfolio: Portfolio
    slugs: Mapping[tuple[str, str, str], str]
    """All slugs in use: project id, source, tracker milestone id to slug."""
    members: Mapping[str, frozenset[Ref]]
    """The work items of each tracked milestone, without dropped ones."""
    made_of: Mapping[str, Sequence[Ref]]
    """The tracker milestones behind each."""


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Find the moment at which a day of the program ends."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def build_portfolio(
    settings: SlipwatchSettings,
    facts: Facts,
    as_of: date,
    *,
    now: datetime,
    kept: Kept | None = None,
    series: Series | None = None,
) -> Built:
    """Build the portfolio as of a day; ``now`` judges how fresh sources are, and what is past.

    Parts that are ``kept`` of an earlier portfolio and were made of the same are not made again.
    In a ``series`` of past days it holds what forecasts look at, and not how work moves or how the
    trackers are kept; ``facts`` have the items of the series.
    """
    zone = ZoneInfo(settings.timezone)
    moment = end_of_day(as_of, zone)
    facts = replay.as_of(facts, moment, None if series is None else series.rewound(moment))
    if moment <= now:
        settings = as_it_stood(settings, facts, as_of)
    kept = kept or (Kept() if series is None else series.kept)
    with collector_at_rest():
        day = as_of if series is None else None
        kept.begin((day, settings.timezone, between_syncs(settings)))
        builder = _Builder(settings, facts, as_of, zone, kept, watched=series is None)
        built = builder.build(min(now, moment))
        kept.end()
    return built


class _Builder:
    def __init__(
        self,
        settings: SlipwatchSettings,
        facts: Facts,
        as_of: date,
        zone: ZoneInfo,
        kept: Kept,
        *,
        watched: bool,
    ) -> None:
        """Tell all that is ``watched`` beside dates, or only what is forecast."""
        self.settings = settings
        self.watched = watched
        self.names = Names(
            settings.people, settings.privacy.pseudonym_key(), sources=settings.sources
        )
        self.unnamed = facts.items
        """As the trackers call people."""
        facts = named(facts, self.names)
        self.facts = facts
        self.kept = kept
        self.as_of = as_of
        self.moment = end_of_day(as_of, zone)
        self.doing: Doing = {}
        self.zone = zone
        self.index = Index(facts)
        self.graph = ItemGraph(facts, self.index)
        self.reader = MilestoneReader(
            facts,
            self.index,
            self.graph,
            kept,
            as_of=as_of,
            zone=zone,
            together=between_syncs(settings),
        )
        self.work = WorkReader(self.graph, kept, as_of=as_of, zone=zone)
        self.stays = StayReader(facts, self.index, kept, as_of=as_of, zone=zone)
        self.milestones: dict[str, Milestone] = {}
        self.wholes: dict[str, Whole] = {}
        self.origins: dict[str, Origin] = {}
        self.slugs: dict[tuple[str, str, str], str] = {}
        self.scopes: dict[str, list[Ref]] = defaultdict(list)
        """The items of each program."""
        self.streams: dict[str, Stream] = {}
        self.by_points: set[str] = set()
        """The streams that are to be forecast by points."""
        self.points: dict[str, PointsReader] = {}
        self.project_streams: dict[str, str] = {}
        self.items: dict[str, Work] = {}
        self.changes: dict[str, Changes] = {}
        """Those of the items of each project."""
        self.bulk: dict[str, frozenset[Ref]] = {}

    def build(self, now: datetime) -> Built:
        programs: list[Program] = []
        projects: list[Project] = []
        worked_on: dict[str, Collection[Ref]] = {}
        gone = leads_gone(self.settings, self.unnamed)
        for program in self.settings.programs:
            programs.append(
                Program(
                    id=program.id,
                    title=program.title or program.id,
                    sponsor=program.sponsor,
                    manager=program.manager,
                    calibration=self.facts.calibrations.get(program.id),
                    logic_override=program.logic == "override",
                    aims=program_aims(program, self.facts.readings, self.facts.fetching),
                    red_weight=program.red_weight,
                    reports=tuple(
                        read_plans(program.id, program.reports, self.facts.reports, self.moment)
                    ),
                    reported=read_reported(program.reported, self.moment, self._find),
                )
            )
            for project in program.projects:
                project_id = f"{program.id}/{project.id}"
                worked_on[project_id] = self._read_project(program.id, project)
                count_doing(
                    self.doing, project_id, self.items[project_id], self.unnamed, self.names
                )
                projects.append(
                    Project(
                        id=project_id,
                        title=project.title or project.id,
                        program=program.id,
                        lead=project.lead,
                        lead_gone_from=gone.get(project.lead or "", ()),
                        calendar=project.calendar,
                        flow=self._flow(project_id),
                        aims=project_aims(project),
                        reported=read_reported(project.reported, self.moment, self._find),
                    )
                )
        self._count_points()
        self._tell_lives()
        if self.watched:
            programs = self._watched(programs)
        held = sorted(self.milestones.items())
        self.milestones = dict(held)
        homes = self._homes()
        portfolio = Portfolio(
            as_of=self.as_of,
            timezone=self.settings.timezone,
            programs=tuple(programs),
            projects=tuple(self._kept(projects, homes) if self.watched else projects),
            milestones=self.milestones,
            dependencies=self._dependencies(homes),
            streams=self._streams(),
            calendars=calendars(self.settings.calendars, self.as_of),
            item_edges=self.graph.open_edges(),
            sources=tuple(self._sources(now)),
            strategy=strategy_of(self.settings),
            data_time=self.facts.data_time,
            money=money_of(
                self.settings,
                self.facts.costs,
                hours_of(worked_on, self.facts, self.zone),
                packages_of(
                    (m.project, self.wholes[m.id].package) for m in self.milestones.values()
                ),
            ),
            people=read_people(self.settings, self.doing, self.names),
            talk=read_talk(self.settings, self.facts, self.moment),
            colours=tuple(one for one in self.facts.colours if one.day <= self.as_of),
            withdrawn=tuple(read_withdrawn(self.settings, self.facts, self.milestones)),
        )
        members = {name: whole.members for name, whole in self.wholes.items()}
        made_of = {name: origin.tracker_milestones for name, origin in self.origins.items()}
        return Built(portfolio=portfolio, slugs=self.slugs, members=members, made_of=made_of)

    def _watched(self, programs: Iterable[Program]) -> list[Program]:
        """Add what is watched beside dates."""
        for written in self.settings.programs:
            for selector in written.compliance.scope if written.compliance else ():
                self.scopes[written.id] += self.index.items(selector)
        lookup = Lookup(
            self.facts,
            self.index,
            as_of=self.as_of,
            zone=self.zone,
            scopes=self.scopes,
            members={name: (*o.items, *o.epics) for name, o in sorted(self.origins.items())},
            names=self.names,
        )
        settings = {program.id: program for program in self.settings.programs}
        return [
            governed(program, settings[program.id], lookup, self.facts, self.milestones)
            for program in programs
        ]

    def _read_project(self, program_id: str, project: ProjectSettings) -> Collection[Ref]:
        """Read a project's milestones, its stream and its items; give all of these."""
        project_id = f"{program_id}/{project.id}"
        stream = f"stream:{project.stream}" if project.stream is not None else project_id
        items: dict[Ref, None] = {}
        for selector in project.scope:
            items.update(dict.fromkeys(self.index.items(selector)))
        taken: dict[Ref, None] = {}
        for settings in project.milestones:
            base = self._base(program_id, project, settings.id, stream, settings.calendar)
            origin = self.reader.origin(settings)
            taken.update(dict.fromkeys(origin.tracker_milestones))
            items.update(dict.fromkeys(origin.items))
            self._add(self.reader.declared(settings, base, origin), origin)
        used = {settings.id for settings in project.milestones}
        for ref, found in discoverable(self.index, project, taken).items():
            base = self._base(program_id, project, self._slug(project_id, ref, used), stream, None)
            self._add(
                self.reader.discovered(base, ref, found),
                Origin(items=tuple(found), tracker_milestones=(ref,)),
            )
        self.scopes[program_id] += items
        self.project_streams[project_id] = stream
        self._declare_stream(stream, project)
        work = {ref: item for ref in items if is_work(item := self.facts.items[ref])}
        self.items[project_id] = work
        known = self.facts.changes
        self.changes[project_id] = {ref: known[ref] for ref in work if ref in known}
        self.bulk[project_id] = self.work.bulk(project_id, work, self.changes[project_id])
        return items

    def _flow(self, project: str) -> Flow:
        if not self.watched:
            return Flow()
        return self.work.flow(project, self.items[project], self.bulk[project])

    def _find(self, source: str, key: str) -> Item | None:
        ref = self.index.find(key, near=source)
        return None if ref is None or ref[0] != source else self.facts.items[ref]

    def _count_points(self) -> None:
        """Count the work of the teams that are forecast by points."""
        for name in sorted(self.by_points):
            reader = PointsReader(
                self._stream_work(name), self.facts.changes, zone=self.zone, end=self.moment
            )
            self.points[name] = reader
        for name, milestone in self.milestones.items():
            if milestone.stream in self.points and milestone.tracked:
                members = members_of(self.origins[name], self.facts.items)
                held = {ref: self.facts.items[ref] for ref in members}
                self.milestones[name] = self.points[milestone.stream].milestone(milestone, held)

    def _tell_lives(self) -> None:
        """Tell the lives of the milestones that each stream finished last and that tell enough."""
        for known in latest(self.milestones.values()):
            points = self.points.get(known.stream or "")
            life = self.stays.life(self.origins[known.id], known, points)
            self.milestones[known.id] = self.kept.part(
                "lived", known.id, (known, life), partial(replace, known, life=life)
            )

    def _kept(
        self, projects: Iterable[Project], homes: Mapping[Ref, Sequence[str]]
    ) -> Iterator[Project]:
        """Add how each project keeps its tracker."""
        reader = UpkeepReader(
            self.facts,
            self.index,
            self.graph,
            self.kept,
            homes=homes,
            milestones=self.milestones.values(),
            as_of=self.as_of,
            zone=self.zone,
        )
        for project in projects:
            upkeep = reader.read(project.id, self.items[project.id], self.bulk[project.id])
            points = self.points.get(self.project_streams[project.id])
            counting = None if points is None else points.counting
            yield replace(project, upkeep=upkeep, counting=counting)

    def _base(
        self,
        program_id: str,
        project: ProjectSettings,
        milestone_id: str,
        stream: str,
        calendar: str | None,
    ) -> Base:
        return Base(
            id=f"{program_id}/{project.id}/{milestone_id}",
            title=milestone_id,
            program=program_id,
            project=f"{program_id}/{project.id}",
            calendar=calendar or project.calendar,
            stream=stream,
        )

    def _add(self, whole: Whole, origin: Origin) -> None:
        name = whole.milestone.id
        self.milestones[name] = whole.milestone
        self.wholes[name], self.origins[name] = whole, origin

    def _slug(self, project_id: str, ref: Ref, used: set[str]) -> str:
        key = (project_id, *ref)
        wanted = self.facts.slugs.get(key) or slug(self.facts.tracker_milestones[ref].name)
        found, number = wanted, 2
        while found in used:
            found, number = f"{wanted}-{number}", number + 1
        used.add(found)
        return self.slugs.setdefault(key, found)

    def _declare_stream(self, stream: str, project: ProjectSettings) -> None:
        known = self.streams.get(stream, Stream(id=stream, calendar=project.calendar))
        if project.forecast_by == "points":
            self.by_points.add(stream)
        if project.throughput is not None:
            known = replace(
                known,
                samples=project.throughput.samples,
                samples_per_week=project.throughput.per == "week",
            )
        self.streams[stream] = replace(
            known, proportional=known.proportional or project.sharing == "proportional"
        )

    def _streams(self) -> dict[str, Stream]:
        found: dict[str, Stream] = {}
        for name, stream in sorted(self.streams.items()):
            work = self._stream_work(name)
            unnamed = {ref: self.unnamed[ref] for ref in work}
            projects = self._projects(name)
            changes = {ref: told for one in projects for ref, told in self.changes[one].items()}
            known = self.work.stream(stream, work, changes)
            if name in self.points:
                known = self.points[name].stream(known, self._lives(name))
            team = projects, unnamed, self.names
            found[name] = replace(known, away=away(self.settings, *team, self.as_of))
        return found

    def _lives(self, stream: str) -> Iterator[Life]:
        for milestone in self.milestones.values():
            if milestone.stream == stream and milestone.life is not None:
                yield milestone.life

    def _projects(self, stream: str) -> list[str]:
        return [project for project, one in self.project_streams.items() if one == stream]

    def _stream_work(self, stream: str) -> Work:
        """Give the work items of a team."""
        return {
            ref: item
            for project in self._projects(stream)
            for ref, item in self.items[project].items()
        }

    def _homes(self) -> Mapping[Ref, Sequence[str]]:
        """List the milestones that each item belongs to."""
        homes: dict[Ref, list[str]] = {}
        for milestone_id, origin in sorted(self.origins.items()):
            for ref in (*origin.items, *origin.epics):
                homes.setdefault(ref, []).append(milestone_id)
        return homes

    def _dependencies(self, homes: Mapping[Ref, Sequence[str]]) -> tuple[Dependency, ...]:
        heads = {milestone_id: origin.epics for milestone_id, origin in self.origins.items()}
        declared = declared_dependencies(self.settings.programs, self.milestones)
        return merge(list(declared), lift(self.graph, homes, heads))

    def _sources(self, now: datetime) -> Iterator[SourceState]:
        for name, source in self.settings.sources.items():
            every = source.every or self.settings.sync.every
            yield source_state(self.facts, name, every=every, now=now)
