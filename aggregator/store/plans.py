"""What slipwatch itself must remember of plans: ids, baselines, dates of the operator's file, and
how its forecasts of them held."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from ..portfolio.calibration import Calibration, Resolved
from . import tables
from .database import Readable, Writable, upsert
from .model import (
    BaselineOrigin,
    DeclaredDate,
    EntityKind,
    LedgerField,
    LedgerOrigin,
    StoredBaseline,
)

SlugKey = tuple[str, str, str]
"""Project id, source, tracker milestone id."""


class PlanReads(Readable):
    """Slugs and baselines."""

    def slugs(self) -> Mapping[SlugKey, str]:
        """Give the last part of the milestone id for each discovered tracker milestone."""
        with self._reading() as connection:
            return _slugs(connection)

    def baselines(self, milestone: str | None = None) -> list[StoredBaseline]:
        """List all versions, by milestone, oldest first."""
        table = tables.baselines
        statement = select(table).order_by(table.c.milestone, table.c.version)
        if milestone is not None:
            statement = statement.where(table.c.milestone == milestone)
        with self._reading() as connection:
            return [StoredBaseline(**row) for row in connection.execute(statement).mappings()]

    def baseline_versions(self) -> list[tuple[str, int, datetime]]:
        """List milestone, number and time of all versions, in the order of ``baselines``."""
        table = tables.baselines.c
        statement = select(table.milestone, table.version, table.recorded_at)
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(table.milestone, table.version))
            return [(milestone, version, at) for milestone, version, at in rows]

    def current_baselines(self) -> Mapping[str, StoredBaseline]:
        """Give the latest version by milestone."""
        return {baseline.milestone: baseline for baseline in self.baselines()}

    def calibrations(self) -> Mapping[str, Resolved]:
        """Give what the last back-test of each program found."""
        with self._reading() as connection:
            rows = connection.execute(select(tables.calibrations)).mappings()
            return {row["program"]: _calibration(row) for row in rows}


class Plans(PlanReads, Writable):
    """Writes them down."""

    def save_calibrations(self, found: Mapping[str, Calibration]) -> None:
        """Keep what a back-test found, by program, in place of what an earlier one did."""
        rows = [
            {"program": program, "pit": (), **asdict(one)} for program, one in sorted(found.items())
        ]
        with self._writing() as connection:
            upsert(connection, tables.calibrations, rows)

    def remember_slugs(self, wanted: Mapping[SlugKey, str]) -> Mapping[SlugKey, str]:
        """Fix slugs for ever; return all that stand.

        A milestone that has one keeps it, whatever it is called now. A slug that another
        milestone of the project has gets ``-2``, ``-3`` … behind it.
        """
        with self._writing() as connection:
            known = dict(_slugs(connection))
            new = {key: slug for key, slug in sorted(wanted.items()) if key not in known}
            taken = {(project, slug) for (project, _, _), slug in known.items()}
            for (project, source, milestone), slug in new.items():
                free, number = slug, 2
                while (project, free) in taken:
                    free, number = f"{slug}-{number}", number + 1
                taken.add((project, free))
                known[project, source, milestone] = free
            rows = [
                {"project": key[0], "source": key[1], "milestone": key[2], "slug": known[key]}
                for key in new
            ]
            if rows:
                connection.execute(insert(tables.slugs), rows)
            return known

    def add_baseline(
        self,
        milestone: str,
        *,
        recorded_at: datetime,
        recorded_on: date,
        start: date | None = None,
        finish: date | None = None,
        duration: int | None = None,
        scope: int | None = None,
        items: Iterable[tuple[str, str]] = (),
        origin: BaselineOrigin = BaselineOrigin.RECORDED,
        approver: str | None = None,
        reason: str | None = None,
        reference: str | None = None,
        commitment: date | None = None,
        only_first: bool = False,
    ) -> StoredBaseline:
        """Add the next version and return it; versions are never changed.

        With ``only_first`` an existing baseline stands, and its latest version is returned.
        """
        table = tables.baselines
        with self._writing() as connection:
            latest = (
                connection.execute(
                    select(table)
                    .where(table.c.milestone == milestone)
                    .order_by(table.c.version.desc())
                    .limit(1)
                )
                .mappings()
                .first()
            )
            if latest is not None and only_first:
                return StoredBaseline(**latest)
            added = StoredBaseline(
                milestone=milestone,
                version=1 if latest is None else latest["version"] + 1,
                recorded_at=recorded_at,
                recorded_on=recorded_on,
                start=start,
                finish=finish,
                duration=duration,
                scope=scope,
                items=frozenset(items),
                origin=origin,
                approver=approver,
                reason=reason,
                reference=reference,
                commitment=commitment,
            )
            row = {column.name: getattr(added, column.name) for column in table.columns}
            connection.execute(insert(table), row)
            return added

    def observe_declared(
        self,
        dates: Iterable[DeclaredDate],
        *,
        observed_at: datetime,
        whole: Collection[LedgerField] = (),
        over: Mapping[str, date] = MappingProxyType({}),
    ) -> int:
        """Keep the dates of the operator's file that are new or have moved; return how many.

        None says that one was taken out, and nothing of a date that never was there. Of the fields
        in ``whole`` the file has no others: one that is known and not given went with its
        milestone. Of those that are ``over``, and since when, the ledger notes that, too. Other
        dates that are not given are left alone.
        """
        table = tables.ledger
        with self._writing() as connection:
            latest = select(func.max(table.c.seq)).where(table.c.kind == EntityKind.DECLARED)
            latest = latest.group_by(table.c.entity, table.c.field)
            rows = connection.execute(
                select(table.c.entity, table.c.field, table.c.value).where(table.c.seq.in_(latest))
            )
            known = {(row.entity, row.field): row.value for row in rows}
            entries: list[dict[str, Any]] = []
            given = tuple(dates)
            gone = _gone(known, given, whole, over)
            for declared in (*given, *gone):
                key = (declared.milestone, declared.field)
                if known.get(key) == declared.value:
                    continue
                known[key] = declared.value
                entries.append(
                    {
                        "source": "",
                        "kind": EntityKind.DECLARED,
                        "entity": declared.milestone,
                        "field": declared.field,
                        "value": declared.value,
                        "at": observed_at,
                        "origin": LedgerOrigin.DECLARED,
                    }
                )
            if entries:
                connection.execute(insert(table), entries)
            return len(entries)


def _gone(
    known: Mapping[tuple[str, LedgerField], date | None],
    given: Iterable[DeclaredDate],
    whole: Collection[LedgerField],
    over: Mapping[str, date],
) -> list[DeclaredDate]:
    """Find the dates that went with their milestones."""
    there = {(one.milestone, one.field) for one in given}
    gone = [
        DeclaredDate(milestone=milestone, field=field, value=None)
        for (milestone, field), value in sorted(known.items())
        if value is not None and field in whole and (milestone, field) not in there
    ]
    closed = {one.milestone: over[one.milestone] for one in gone if one.milestone in over}
    return [
        *(
            DeclaredDate(milestone=milestone, field=LedgerField.CLOSED, value=day)
            for milestone, day in closed.items()
        ),
        *gone,
    ]


def _slugs(connection: Connection) -> Mapping[SlugKey, str]:
    column = tables.slugs.c
    rows = connection.execute(
        select(column.project, column.source, column.milestone, column.slug).order_by(
            *tables.slugs.primary_key
        )
    )
    return {(project, source, milestone): slug for project, source, milestone, slug in rows}


def _calibration(row: RowMapping) -> Resolved:
    known: dict[str, Any] = {field.name: row[field.name] for field in fields(Resolved)}
    known["pit"] = tuple(row["pit"])
    return Resolved(**known)
