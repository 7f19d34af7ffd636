"""What the finished milestones of a portfolio teach about the open ones of each team."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np

from .forecast.aging import LifeSpan
from .forecast.combine import outside_variance
from .forecast.mix import Both, learn_shift
from .forecast.outside import OutsideView
from .forecast.prior import Inside, shipped
from .forecast.scope import ScopeProcess
from .forecast.stream import Experience
from .forecast.weights import Lesson, Weighing, lessons
from .portfolio.lives import Life
from .portfolio.model import Milestone, Portfolio

_MOST: Final = 40
"""However many milestones the rest of a large program finished, its last ones teach."""


class Lessons:
    """Teaches the open milestones of each team by what it and its programs finished."""

    def __init__(self, portfolio: Portfolio, inside: Inside | None = None) -> None:
        self._streams = portfolio.streams
        self._inside = inside or shipped().inside
        self._finished: dict[str, list[tuple[Milestone, Life]]] = defaultdict(list)
        lives = [(m, m.life) for m in portfolio.milestones.values() if m.life is not None]
        for milestone, life in sorted(lives, key=lambda each: (each[1].finish, each[0].id)):
            self._finished[milestone.stream or ""].append((milestone, life))
        self._told: dict[str, Sequence[tuple[Milestone, Lesson]]] = {}

    @property
    def origins(self) -> object:
        """Give what is looked at beside finished milestones: the same teaches the same."""
        return [(stream, self._team(stream), self._points(stream)) for stream in self._finished]

    def experience(self, stream: str, programs: Collection[str]) -> Experience:
        """Collect what a team finished, and the rest of the programs that it works for."""
        own = [life for _, life in self._finished.get(stream, ())]
        others = [
            life
            for other, finished in self._finished.items()
            if other != stream
            for milestone, life in finished
            if milestone.program in programs
        ]
        near = [
            lesson
            for other in self._finished
            if other != stream
            for milestone, lesson in self._lessons(other)
            if milestone.program in programs
        ]
        near = sorted(near, key=lambda lesson: lesson.life.finish)[-_MOST:]
        return Experience(
            scope=ScopeProcess(own, others),
            span=LifeSpan.learn(own),
            weighing=Weighing(self._inside, [lesson for _, lesson in self._lessons(stream)], near),
        )

    def lessons(self, stream: str) -> Sequence[Lesson]:
        """Score the weights on each milestone that a team finished, oldest first."""
        return [lesson for _, lesson in self._lessons(stream)]

    def _lessons(self, stream: str) -> Sequence[tuple[Milestone, Lesson]]:
        told = self._told.get(stream)
        if told is None:
            finished = self._finished.get(stream, [])
            lives = tuple(life for _, life in finished)
            found = lessons(self._inside, lives, self._team(stream), self._points(stream))
            told = self._told[stream] = [
                (milestone, lesson)
                for (milestone, _), lesson in zip(finished, found, strict=True)
                if lesson is not None
            ]
        return told

    def _team(self, stream: str) -> tuple[date, ...]:
        """Give the days of a team's items before the end of its last milestone."""
        known, finished = self._streams.get(stream), self._finished.get(stream)
        if known is None or not finished:
            return ()
        last = date.fromordinal(finished[-1][1].finish)
        return known.finished[: bisect_left(known.finished, last)]

    def _points(self, stream: str) -> tuple[float, ...]:
        """Give what each of these items counted, where points are counted."""
        known = self._streams.get(stream)
        return () if known is None else known.points[: len(self._team(stream))]

    def shift(self, program: str, outside: OutsideView) -> float:
        """Learn what a team's pace weighs beside plan dates in a program; see ``mix``."""
        finished = [
            (milestone, lesson)
            for stream in self._finished
            for milestone, lesson in self._lessons(stream)
            if milestone.program == program and not milestone.external
        ]
        finished = sorted(finished, key=lambda each: each[1].life.finish)[-_MOST:]
        both = (list(self._both(*each, outside)) for each in finished)
        return learn_shift(both, outside.pace_off)

    def _both(self, milestone: Milestone, lesson: Lesson, outside: OutsideView) -> Iterator[Both]:
        """Say what both views said along a life, in the light of what was finished before."""
        life, past = lesson.life, lesson.past
        earlier = [
            one
            for one in self.lessons(milestone.stream or "")
            if one.life.finish < life.looks[0].day
        ]
        weighing = Weighing(self._inside, earlier)
        days = [date.fromordinal(look.day) for look in life.looks]
        for at, remaining in enumerate(outside.looked_back(milestone, days)):
            if remaining is not None and remaining.trust > 0:
                look = life.looks[at]
                weights = weighing.at(look.day - life.began, look.done + look.open)
                middle, variance = past.inside(weights)
                logs = np.log(np.maximum(remaining.days, 0.5))
                yield Both(
                    inside=float(middle[at]),
                    inside_variance=float(variance[at]),
                    outside=float(np.median(logs)),
                    outside_variance=outside_variance(logs),
                    trust=remaining.trust,
                    left=float(past.left[at]),
                )
