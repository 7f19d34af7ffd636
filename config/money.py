"""What programs and projects may cost, and where it is read what they have cost.

What takes more than one part of the tree to judge is in ``money_checks``.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .base import Day, Duration, Settings, at_key
from .forms import CurrencyCode, DocumentAddress, Identifier, JsonPath, Text
from .sources import HttpSettings

Amount = Annotated[float, Field(ge=0, le=1e13)]
Rate = Annotated[float, Field(gt=0, le=1e9)]


class ExchangeRateSettings(Settings):
    """What one unit of a currency is worth in another, from a day on."""

    date: Day = Field(description="The first day on which it holds, until the next one.")
    from_: CurrencyCode = Field(alias="from", description="The currency that is exchanged.")
    to: CurrencyCode = Field(description="The currency that it is exchanged for.")
    rate: Rate = Field(
        description="Units of `to` for one unit of `from`; the other way round it is inverted."
    )

    @model_validator(mode="after")
    def _exchanges(self) -> Self:
        if self.from_ == self.to:
            raise at_key("to", f"a rate is between two currencies, not from {self.to} to itself")
        return self


class ApprovalSettings(Settings):
    """Who approved a budget."""

    by: Text = Field(description="Who approved it.")
    date: Day = Field(description="When.")


class ContingencySettings(Settings):
    """Money kept for what may happen, beside the budget."""

    amount: Amount = Field(description="How much is kept, in the budget's currency.")
    drawn: Amount = Field(default=0.0, description="How much of it is used up.")


class CsvCostSettings(Settings):
    """A sheet of costs: a header, then a row for each posting."""

    path: Path = Field(description="The file; relative to the file this is written in.")
    date: Text = Field(default="date", description="Header of the day that it was spent.")
    amount: Text = Field(
        default="amount",
        description="Header of what was spent, with a point before the cents, in the budget's "
        "currency.",
    )
    project: Text | None = Field(
        default=None,
        description="Header of the id of the project that it was spent for; without it, the rows "
        "are about the whole.",
    )


class SqlCostSettings(Settings):
    """The rows of a query, read in a transaction that cannot write."""

    dsn_env: str = Field(
        description="Environment variable with the database's address as SQLAlchemy writes it."
    )
    query: Text = Field(
        description="A query with a row for each posting: its day, its amount, and if there is a "
        "third column, the id of its project."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=30), description="How long the query may take."
    )


class HttpJsonCostSettings(HttpSettings):
    """A list in a JSON document behind an address, with an entry for each posting."""

    url: DocumentAddress = Field(description="Address of the document.")
    rows: JsonPath = Field(
        default="$",
        description="Where the list is, as a JSONPath that names one place: $.data.costs.",
    )
    date: Text = Field(default="date", description="Key of the day that it was spent.")
    amount: Text = Field(default="amount", description="Key of what was spent.")
    project: Text | None = Field(
        default=None, description="Key of the id of the project that it was spent for."
    )
    token_env: str | None = Field(
        default=None, description="Environment variable with a bearer token, if it wants one."
    )


class WorklogCostSettings(Settings):
    """Hours that were logged in Jira, at rates; nobody's name is kept."""

    rate: Amount = Field(description="What an hour or a day costs, in the budget's currency.")
    per: Literal["hour", "day"] = Field(default="hour", description="What the rates are for.")
    hours_per_day: float = Field(
        default=8.0, gt=0, le=24, description="Hours in a day, where rates are for days."
    )
    roles: dict[Identifier, Amount] = Field(
        default_factory=dict[str, float],
        description="Other rates, by what somebody is: a `role` under `people` that at least two "
        "of them have. They count before those of projects and streams.",
    )
    projects: dict[Identifier, Amount] = Field(
        default_factory=dict[str, float],
        description="Other rates, by the id of a project of the program.",
    )
    streams: dict[Identifier, Amount] = Field(
        default_factory=dict[str, float],
        description="Other rates, by the team of a project: its `stream`.",
    )

    def hourly(self, project: str, *, stream: str | None = None, role: str | None = None) -> float:
        """Give what an hour of work costs: by role, else by project, else by team."""
        rate = self.roles.get(role or "")
        if rate is None:
            rate = self.projects.get(project, self.streams.get(stream or "", self.rate))
        return rate if self.per == "hour" else rate / self.hours_per_day


class ActualsSettings(Settings):
    """Where it is read what was spent; exactly one."""

    csv: CsvCostSettings | None = Field(default=None, description="From a sheet.")
    sql: SqlCostSettings | None = Field(default=None, description="From a database.")
    http_json: HttpJsonCostSettings | None = Field(
        default=None, description="From a JSON document behind an address."
    )
    worklogs: WorklogCostSettings | None = Field(
        default=None,
        description="From the hours logged on the items of the scope; their Jira source needs "
        "`worklogs: true`.",
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self._given()) != 1:
            known = ", ".join(f"`{name}`" for name in type(self).model_fields)
            raise ValueError(f"write exactly one of {known}")
        return self

    @property
    def kind(self) -> str:
        """Which one it is."""
        (kind,) = self._given()
        return kind

    def _given(self) -> list[str]:
        return [name for name, value in self if value is not None]


class BudgetSettings(Settings):
    """What a program or project may cost, and how that is watched (earned value)."""

    currency: CurrencyCode = Field(description="The currency of all of its amounts.")
    bac: Annotated[float, Field(gt=0, le=1e13)] = Field(
        description="Budget at completion: what all of it may cost, without contingency."
    )
    approved: ApprovalSettings | None = Field(default=None, description="Who approved it, when.")
    start: Day | None = Field(
        default=None,
        description="The first day that it pays for: what was spent or done before is no part of "
        "it. Default: the begin of the plan.",
    )
    plan: Path | None = Field(
        default=None,
        description="A CSV file of what is to be spent by when: `date` and `cumulative`, or `date` "
        "and the `amount` of the time up to that day. Without it, the budget is spread over the "
        "baselines of the milestones.",
    )
    actuals: ActualsSettings | None = Field(
        default=None,
        description="Where it is read what was spent. Without it, a program goes by its projects, "
        "and a project by what the program's actuals say of it.",
    )
    contingency: ContingencySettings | None = Field(
        default=None, description="Money kept for what may happen, beside `bac`."
    )
    estimate: Amount | None = Field(
        default=None, description="What its manager says that it will have cost in the end."
    )
    earned_by: Literal["items", "points", "weight"] = Field(
        default="items",
        description="What the budget is earned by: the items of the baseline that are done, their "
        "points, or milestones by their `weight`, those without items all at once.",
    )
