"""Objectives, benefits and what a program is worth, as the operator writes them (DOMAIN.md 5.3)."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from .base import Day, Duration, Settings, at_key
from .forms import CurrencyCode, DocumentAddress, EntryId, Identifier, JsonPath, Text, web_address
from .reports import Cadence, Every
from .sources import HttpSettings

CurveName = Literal["linear", "step", "s_curve"]
_CURVES = ("linear", "step", "s_curve")


class ObjectiveSettings(Settings):
    """What the organisation wants to reach, and programs and projects are there for."""

    id: EntryId = Field(description="Unique in the file.")
    title: str = Field(default="", description="What people call it.")
    owner: str | None = Field(default=None, description="Who answers for it.")
    weight: float = Field(
        default=1.0, ge=0, description="How much it counts against other objectives."
    )


class LevelSettings(Settings):
    """Where a measure stood before anything was done."""

    value: float = Field(description="The value then.")
    as_of: Day | None = Field(default=None, description="When that was measured.")


class TargetSettings(Settings):
    """Where a measure is to be in the end."""

    value: float = Field(description="The value that is to be reached.")
    by: Day | None = Field(default=None, description="The day by which.")


class AmountSettings(Settings):
    """Money."""

    amount: float = Field(ge=0, description="How much.")
    currency: CurrencyCode = Field(default="EUR", description="In which currency.")


class EnablerSettings(Settings):
    """A milestone without which a benefit does not begin."""

    milestone: str = Field(
        description="The milestone: `program/project/milestone`, or `project/milestone` of this "
        "program."
    )
    contribution: float = Field(
        default=100.0,
        gt=0,
        le=100,
        description="Its part in the benefit, in percent; those of one benefit sum to 100.",
    )


class PromqlMeasureSettings(HttpSettings):
    """The answer of a Prometheus to an instant query that gives one sample."""

    url: str = Field(description="Where the Prometheus is, such as http://prometheus:9090.")
    query: Text = Field(description="PromQL that gives one sample or a scalar.")
    token_env: str | None = Field(
        default=None, description="Environment variable with a bearer token, if it wants one."
    )

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        return web_address(
            value,
            expected="expected a base URL such as http://prometheus:9090",
            pure="a base URL holds no credentials and no query: write them in `token_env`, `query`",
        )


class SqlMeasureSettings(Settings):
    """The one row of a query, read in a transaction that cannot write."""

    dsn_env: str = Field(
        description="Environment variable with the database's address as SQLAlchemy writes it."
    )
    query: Text = Field(
        description="A query with one row: the value, and if there is a second column, its time."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=30), description="How long the query may take."
    )


class CsvMeasureSettings(Settings):
    """The rows of a file: the newest is the reading, the others are its history."""

    path: Path = Field(description="The file, relative to the folder of slipwatch.yaml.")
    time: Text = Field(default="time", description="Name of the column with days or times.")
    value: Text = Field(default="value", description="Name of the column with values.")


class HttpJsonMeasureSettings(HttpSettings):
    """One value of a JSON document behind an address."""

    url: DocumentAddress = Field(description="Address of the document.")
    value: JsonPath = Field(
        description="Where the value is, as a JSONPath that names one place: $.data.value or "
        "$['data'][0]; wildcards, slices and filters could name several and are not taken."
    )
    time: JsonPath | None = Field(
        default=None,
        description="Where its day or time is, in the same way; default: when it was fetched.",
    )
    token_env: str | None = Field(
        default=None, description="Environment variable with a bearer token, if it wants one."
    )


class MeasureSettings(Settings):
    """Where readings of a benefit come from: exactly one way."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [kind]} for kind in ("promql", "sql", "csv", "http_json", "manual")
            ]
        }
    )

    promql: PromqlMeasureSettings | None = Field(default=None, description="Ask a Prometheus.")
    sql: SqlMeasureSettings | None = Field(default=None, description="Ask a database.")
    csv: CsvMeasureSettings | None = Field(default=None, description="Read a file.")
    http_json: HttpJsonMeasureSettings | None = Field(
        default=None, description="Read a JSON document behind an address."
    )
    manual: Literal[True] | None = Field(
        default=None, description="People tell it: `slipwatch reading add BENEFIT VALUE`."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [kind for kind in type(self).model_fields if getattr(self, kind) is not None]
        if len(given) != 1:
            ways = ", ".join(f"`{kind}`" for kind in type(self).model_fields)
            raise ValueError(f"a benefit is measured in one way: write one of {ways}")
        return self

    @property
    def kind(self) -> str:
        """Name the way."""
        return next(kind for kind in type(self).model_fields if getattr(self, kind) is not None)


def _curve(value: object) -> object:
    if isinstance(value, str) and value in _CURVES:
        return value
    if isinstance(value, (list, tuple)) and len(value) >= 2:
        # Strictly, a list is no tuple once it is no JSON any more.
        return tuple(tuple(point) if isinstance(point, list) else point for point in value)
    raise ValueError(
        "expected linear, step, s_curve or a table such as [[2026-07-01, 14], [2026-12-31, 7]]"
    )


Curve = Annotated[
    CurveName | tuple[tuple[Day, float], ...],
    BeforeValidator(_curve),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_CURVES)},
                {
                    "type": "array",
                    "minItems": 2,
                    "items": {
                        "type": "array",
                        "prefixItems": [{"type": "string", "format": "date"}, {"type": "number"}],
                        "minItems": 2,
                        "maxItems": 2,
                    },
                },
            ],
            "examples": ["linear"],
        }
    ),
    PlainSerializer(
        lambda curve: curve if isinstance(curve, str) else [list(point) for point in curve]
    ),
]
"""How a benefit grows, by name or as a table of days and values."""


class BenefitSettings(Settings):
    """What a program is for: something that will be measured, and by how much it changes."""

    id: EntryId = Field(description="Unique in its program.")
    title: str = Field(
        default="", description="What people call it, with the change in it: Faster onboarding."
    )
    kind: Literal["benefit", "disbenefit"] = Field(
        default="benefit", description="A disbenefit is a cost that the change brings with it."
    )
    description: str = Field(default="", description="What it is.")
    outcome: str = Field(
        default="", description="What people will see that is different, once it is there."
    )
    tangible: bool = Field(
        default=True,
        description="Whether it can be counted in money, hours or pieces; what cannot, such as "
        "trust, is measured by something that follows from it.",
    )
    priority: int | None = Field(
        default=None,
        ge=1,
        description="Its place among the benefits of its program, which are shown in that order; 1 "
        "comes first.",
    )
    objective: EntryId | None = Field(
        default=None, description="The objective that it serves, as under `objectives`."
    )
    owner: str | None = Field(default=None, description="Who answers for it.")
    responsible: str | None = Field(
        default=None, description="Who brings it about, if that is somebody else."
    )
    unit: str = Field(default="", description="What its values count, such as days.")
    direction: Literal["increase", "decrease"] | None = Field(
        default=None,
        description="Which way is meant; it is checked against baseline and target.",
    )
    baseline: LevelSettings | None = Field(default=None, description="Where it stood before.")
    target: TargetSettings | None = Field(default=None, description="Where it is to be.")
    start: Day | None = Field(
        default=None, description="The day from which it is expected to change."
    )
    curve: Curve = Field(
        default="linear",
        description="How it changes from `start` to the day of the target: linear, step (all at "
        "the end), s_curve, or a table of days and values.",
    )
    annual_value: AmountSettings | None = Field(
        default=None, description="What a year of it is worth once the target is reached."
    )
    cadence: Every = Field(
        default=Cadence(1, "M"),
        description="How often it is measured: every so many days (P1D), weeks (P2W) or months "
        "(P1M).",
    )
    reviews: tuple[Day, ...] = Field(
        default=(), description="Days on which people look at it together."
    )
    enabled_by: tuple[EnablerSettings, ...] = Field(
        default=(),
        description="The milestones without which it does not begin; when they are late, so is it.",
    )
    expires_on: Day | None = Field(
        default=None,
        description="The day its window closes: what is late until then is lost, not deferred.",
    )
    measure: MeasureSettings | None = Field(
        default=None, description="Where readings of it come from."
    )

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        if self.baseline is None or self.target is None:
            return self
        base, target = self.baseline.value, self.target.value
        if base == target:
            raise at_key("target", f"the target is the baseline, {base:g}: nothing would change")
        way = "increase" if target > base else "decrease"
        if self.direction not in {None, way}:
            raise at_key(
                "direction", f"from {base:g} to {target:g} is {way}: change the one or the other"
            )
        return self

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        by = None if self.target is None else self.target.by
        if self.start is not None and by is not None and self.start > by:
            raise at_key("start", f"it begins after the day of its target, {by}")
        if not isinstance(self.curve, str):
            days = [day for day, _ in self.curve]
            if any(later <= earlier for earlier, later in pairwise(days)):
                raise at_key("curve", "a table goes forward: write its days in order, each once")
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.enabled_by:
            total = sum(enabler.contribution for enabler in self.enabled_by)
            if abs(total - 100) > 0.01:
                raise at_key("enabled_by", f"contributions sum to 100, not to {total:g}")
        return self


class CloseSettings(Settings):
    """The end of a program, and the review of what it brought."""

    date: Day = Field(description="The day it was, or will be, closed.")
    review: Day | None = Field(
        default=None, description="The day on which its benefits are reviewed after that."
    )
    reviewed: Day | None = Field(default=None, description="The day that review was held.")
    by: str | None = Field(default=None, description="Who held it.")

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.review is not None and self.review < self.date:
            raise at_key("review", f"it is before the program is closed, {self.date}")
        return self


class BusinessCaseSettings(Settings):
    """By what a program's benefits are weighed against its cost."""

    rate: float = Field(
        default=0.08, ge=0, le=1, description="Discount rate of a year, such as 0.08."
    )
    years: int = Field(
        default=5, ge=1, le=30, description="So many years of benefits are looked at."
    )
    begins: Day | None = Field(
        default=None,
        description="The day from which years count; default: the first start of a benefit.",
    )
    cost: AmountSettings | None = Field(
        default=None,
        description="What the program was to cost; default: its budget. Its estimate at "
        "completion, where one is known, is what it is weighed against now.",
    )


class WsjfSettings(Settings):
    """Weighted shortest job first, relative numbers (SAFe): the sum of three by size."""

    value: float = Field(ge=0, description="Value to users and business.")
    time_criticality: float = Field(ge=0, description="How much is lost by waiting.")
    risk_reduction: float = Field(
        default=0.0, ge=0, description="Risk that it takes away, or opportunity that it opens."
    )
    size: float = Field(gt=0, description="How large the job is.")


class PrioritisationSettings(Settings):
    """By what projects are ranked against each other."""

    weights: dict[Identifier, float] = Field(
        default_factory=dict[str, float],
        description="Criteria and how much each counts; projects get `scores` by them. Without "
        "weights projects are ranked by `wsjf`, else by cost of delay for each day of work left.",
    )

    @field_validator("weights")
    @classmethod
    def _weigh_something(cls, value: dict[str, float]) -> dict[str, float]:
        if value and (min(value.values()) < 0 or sum(value.values()) <= 0):
            raise ValueError("weights are 0 or more, and one of them is more")
        return value
