"""What a rule is: a class with its parameters as fields, its page as docstring, one question.

A third party's rule derives from ``Rule`` and is published under the entry point group
``slipwatch.rules``; ``World`` (``rules.world``) is all that it may look at.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Literal, TypeVar, cast

import msgspec

from slipwatch.aggregator.assessment import Severity
from slipwatch.aggregator.portfolio.model import Project

from .world import Subject, World

Number = TypeVar("Number", int, float)

AGE = "worse_after"
"""The parameter that every rule has."""


# There are hundreds of thousands of these three: Structs are made several times faster than
# dataclasses, and what holds nothing but strings is nothing for the garbage collector.
class Passed(msgspec.Struct, frozen=True, gc=False):
    """The subject is as it should be."""

    subject: str


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """The subject is not as it should be, and this is how it shows.

    ``evidence`` holds JSON values and dates; ``severity`` None is the rule's own.
    """

    subject: str
    message: str
    severity: Severity | None = None
    value: float | None = None
    threshold: float | None = None
    evidence: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    links: tuple[str, ...] = ()


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """Inputs are missing: neither passed nor failed can be said."""

    subject: str
    reason: str


class NotApplicable(msgspec.Struct, frozen=True, gc=False):
    """The question does not arise for the subject."""

    subject: str


Verdict = Passed | Failed | Unknown | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A threshold that the operator may set."""

    name: str
    default: int | float
    doc: str
    minimum: float
    maximum: float

    def read(self, value: float) -> int | float:
        """Take a value from the settings; raises ``ValueError`` saying what was expected."""
        if isinstance(self.default, int) and value != int(value):
            raise ValueError(f"expected a whole number, got {value:g}")
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"expected {self._range()}, got {value:g}")
        return type(self.default)(value)

    def _range(self) -> str:
        if self.maximum == math.inf:
            return f"{self.minimum:g} or more"
        if self.minimum == -math.inf:
            return f"{self.maximum:g} or less"
        return f"a number from {self.minimum:g} to {self.maximum:g}"


def parameter(
    default: Number, doc: str, *, minimum: float = 0, maximum: float = math.inf
) -> Number:
    """Declare a rule's field as a parameter; one with a whole default takes whole numbers only."""
    metadata = {"doc": doc, "minimum": minimum, "maximum": maximum}
    declared: Any = field(default=default, metadata=metadata)
    return cast("Number", declared)


AGING = "Days open until a finding is one severity worse; 0 is never."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(ABC):
    """One question about every subject of its kind.

    A subclass with parameters is a frozen dataclass whose fields they are. Its docstring is its
    page (``rules.pages``): a sentence, then the sections that ``pages.SECTIONS`` names.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    at_once: ClassVar[bool] = False
    """Whether it states recorded facts, dates above all: its findings open and close at once.
    What is worked out, such as a forecast, must say so in two evaluations (``hysteresis``)."""
    explained_by: ClassVar[tuple[str, ...]] = ()
    """Ids of rules: a finding of one of them about the milestone whose own slip makes this one's
    milestone late explains it (``suppression``)."""
    needs: ClassVar[frozenset[Literal["causes", "movement"]]] = frozenset()
    """What it asks for that takes long to work out: whose slips cause others, why forecasts moved.
    A replay of the past works out nothing else (``slipwatch rules try``)."""

    timeless: ClassVar[str] = ""
    """What it looks at that has no history, in words: a replay takes that as it is today."""

    worse_after: int = parameter(0, AGING)
    """A rule whose findings are to get worse with age by themselves gives it another default."""

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """List what the operator may set, the rule's own ones first, as they are declared."""
        found = [
            Parameter(name=f.name, default=f.default, **f.metadata)
            for f in fields(cls)
            if f.default is not MISSING
        ]
        return tuple(sorted(found, key=lambda one: one.name == AGE))

    @abstractmethod
    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every subject; of two answers for one subject the worse one counts."""


class ProjectRule(Rule):
    """A rule whose subjects are the projects."""

    __slots__ = ()

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every project."""
        for project in world.portfolio.projects:
            yield self.judge_project(world, project)

    @abstractmethod
    def judge_project(self, world: World, project: Project) -> Verdict:
        """Answer for one project."""


class MilestoneRule(Rule):
    """A rule whose subjects are the milestones."""

    __slots__ = ()

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every milestone."""
        for milestone in world.milestones:
            yield self.judge_milestone(world, milestone)

    @abstractmethod
    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        """Answer for one milestone."""
