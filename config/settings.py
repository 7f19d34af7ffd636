"""The settings tree: what the operator may write, and what each key means.

Every key's description ends up in the JSON Schema (``slipwatch config schema``) and in
docs/configuration.md. What takes more than one part of the tree to judge, such as references
and duplicate ids, is in ``checks``.
"""

from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from .base import Day, Duration, Settings, at_key
from .forms import (
    Address,
    CurrencyCode,
    Identifier,
    Timezone,
    WebAddress,
)
from .metrics import MetricsSettings
from .money import ExchangeRateSettings
from .nearest import did_you_mean
from .notifications import NotificationSettings
from .people import AllocationSettings, PersonSettings, PrivacySettings
from .programs import ProgramSettings
from .rules import RuleOverrides, RulesSettings, WaiverSettings
from .sources import SourceSettings
from .store import Store
from .strategy import ObjectiveSettings, PrioritisationSettings

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_STORE = "sqlite:///slipwatch.db"
Severity = Literal["info", "low", "medium", "high", "critical"]


def _store() -> Any:
    """Give the store as if it were written: what is written starts at the folder of the file."""
    return {"url": _STORE}


class SyncSettings(Settings):
    """How often sources are read."""

    every: Duration = Field(
        default=timedelta(minutes=5), description="Time between two syncs of a source."
    )
    census_every: Duration = Field(
        default=timedelta(hours=24),
        description="Time between two listings of all ids, to tell deleted items from invisible "
        "ones.",
    )


class AssessSettings(Settings):
    """How often and how finely the portfolio is assessed."""

    every: Duration = Field(
        default=timedelta(minutes=5), description="Time between two assessments."
    )
    trials: int = Field(
        default=10_000, ge=100, le=100_000, description="Monte Carlo trials of a forecast."
    )
    seed: int = Field(default=0, ge=0, description="The same seed gives the same numbers.")
    window: int = Field(default=13, ge=4, le=26, description="Weeks of history to sample from.")


class CalendarSettings(Settings):
    """When a team works."""

    workdays: tuple[Weekday, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"),
        min_length=1,
        description="The days of the week that are worked.",
    )
    country: str | None = Field(
        default=None, description="ISO code, such as DE: its public holidays are off."
    )
    subdivision: str | None = Field(
        default=None, description="State or province within the country, such as BY."
    )
    holidays: tuple[Day, ...] = Field(default=(), description="Further days off.")
    closed: tuple[Day, ...] = Field(
        default=(), description="Days the company is closed or nothing may be released."
    )

    @model_validator(mode="after")
    def _is_on_the_map(self) -> Self:
        if self.country is None:
            if self.subdivision is not None:
                raise at_key("subdivision", "a subdivision needs its `country`")
            return self
        import holidays  # most commands need none of what it knows

        countries = holidays.list_supported_countries()
        if self.country not in countries:
            raise at_key(
                "country",
                "no holidays are known for this country: expected an ISO code such as DE"
                + did_you_mean(self.country.upper(), countries),
            )
        if self.subdivision is not None:
            try:
                holidays.country_holidays(self.country, subdiv=self.subdivision)
            except NotImplementedError:
                known = countries[self.country]
                listed = f"known are {', '.join(known)}" if known else "none are known"
                raise at_key(
                    "subdivision", f"unknown subdivision of {self.country}: {listed}"
                ) from None
        return self


class SlipwatchSettings(Settings):
    """Everything that slipwatch.yaml may say."""

    store: Store = Field(
        default_factory=_store,
        validate_default=True,
        description="The database.",
        json_schema_extra={"default": _STORE},
    )
    timezone: Timezone = Field(default="UTC", description="Whose days the program's dates are.")
    listen: Address = Field(
        default="127.0.0.1:10870", description="Address and port of pages, API and metrics."
    )
    external_url: WebAddress | None = Field(
        default=None,
        description="Where people reach the pages, such as behind a proxy: links in messages, "
        "reports and calendars begin so; without it they have none to slipwatch.",
    )
    sync: SyncSettings = Field(
        default_factory=SyncSettings, description="How often sources are read."
    )
    assess: AssessSettings = Field(
        default_factory=AssessSettings, description="How the portfolio is assessed."
    )
    calendars: dict[Identifier, CalendarSettings] = Field(
        default_factory=lambda: {"default": CalendarSettings()},
        description="When teams work, by name; `default` is Monday to Friday unless it is written.",
    )
    sources: dict[Identifier, SerializeAsAny[SourceSettings]] = Field(
        default_factory=dict[str, SourceSettings],
        description="Where facts come from, by name; `kind` says which further keys there are.",
    )
    objectives: tuple[ObjectiveSettings, ...] = Field(
        default=(), description="What programs and projects are there for."
    )
    prioritisation: PrioritisationSettings = Field(
        default_factory=PrioritisationSettings, description="By what projects are ranked."
    )
    programs: tuple[ProgramSettings, ...] = Field(default=(), description="What is watched.")
    reporting_currency: CurrencyCode | None = Field(
        default=None,
        description="The currency in which budgets of several projects are added up; without it, "
        "they must all be in one.",
    )
    rates: tuple[ExchangeRateSettings, ...] = Field(
        default=(), description="What currencies are worth in one another, from which day on."
    )
    people: tuple[PersonSettings, ...] = Field(
        default=(), description="Who is the same person in several trackers, or has allocations."
    )
    allocations: tuple[AllocationSettings, ...] = Field(
        default=(), description="Whose working time is planned for which project, and how much."
    )
    privacy: PrivacySettings = Field(
        default_factory=PrivacySettings, description="Whether people appear by name."
    )
    rules: RulesSettings = Field(
        default_factory=RulesSettings, description="Which rules judge, and with what thresholds."
    )
    waivers: tuple[WaiverSettings, ...] = Field(
        default=(), description="Findings that somebody accepted, until a day."
    )
    notifications: NotificationSettings = Field(
        default_factory=NotificationSettings,
        description="Messages to people: by which channels, about what, when.",
    )

    metrics: MetricsSettings = Field(
        default_factory=MetricsSettings, description="Which metrics are served."
    )

    @field_validator("calendars")
    @classmethod
    def _has_a_default(cls, value: dict[str, CalendarSettings]) -> dict[str, CalendarSettings]:
        return value if "default" in value else {"default": CalendarSettings(), **value}

    def rule_overrides(self) -> dict[str, RuleOverrides]:
        """Give what is said of rules by program, and by ``program/project``."""
        found: dict[str, RuleOverrides] = {}
        for program in self.programs:
            found[program.id] = program.rules
            found |= {f"{program.id}/{project.id}": project.rules for project in program.projects}
        return {place: rules for place, rules in found.items() if rules != RuleOverrides()}

    def approvals(self, source: str) -> frozenset[str]:
        """Give the keys of the items that may be a source's, and in which gates are decided."""
        return frozenset(
            approval.issue
            for program in self.programs
            for gate in program.gates
            for approval in gate.approvals()
            if approval.source in (None, source)
        )

    def external_link(self, path: str = "/") -> str:
        """Give the address of one of our pages for people; empty without ``external_url``.

        ``path`` begins with a slash, and is quoted already.
        """
        return "" if self.external_url is None else f"{self.external_url}{path}"

    def store_url(self) -> str:
        """Give the database's URL, password included; raises ``MissingSecretError``."""
        return self.store.resolved()
