"""Whom slipwatch tells what, how, and when it keeps quiet."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from .base import Duration, MissingSecretError, Secret, Settings, at_key
from .forms import Identifier, MailAddress, RuleFilter, Text, Workdays

Severity = Literal["info", "low", "medium", "high", "critical"]
SHORTEST_KEY = 32
BRING_NO_DOCUMENTS = frozenset({"pagerduty", "alertmanager"})
"""Kinds of channels that know only alerts and incidents."""

_URL = re.compile(r"https?://[^\s/@]+(/\S*)?")


def _http(value: str) -> str:
    if _URL.fullmatch(value) is None:
        raise ValueError("expected an address such as https://HOST/PATH, without a password in it")
    return value


HttpAddress = Annotated[str, AfterValidator(_http), Field(examples=["https://acme.example/hook"])]
"""Where something is sent by HTTP."""


class SignedWebhookSettings(Settings):
    """A program of yours: the message as JSON, signed."""

    url: HttpAddress = Field(description="Where it is posted.")
    secret: Secret = Field(
        description="What it is signed with: HMAC-SHA256 over the raw body, in the header "
        "`X-Slipwatch-Signature-256: sha256=…`."
    )


class SmtpSettings(Settings):
    """Mail, with a text and an HTML part; answers to one matter form one thread."""

    host: Text = Field(description="The mail server.")
    port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls", description="How the connection is encrypted."
    )
    username: str | None = Field(default=None, description="The account, where one is needed.")
    password: Secret | None = Field(default=None, description="Its password.")
    sender: MailAddress = Field(description="Whom it comes from.")
    to: tuple[MailAddress, ...] = Field(min_length=1, description="Whom it goes to.")

    @model_validator(mode="after")
    def _keeps_the_password(self) -> Self:
        if (self.username is None) != (self.password is None):
            key = "password" if self.username is None else "username"
            raise at_key(key, "`username` and `password` belong together")
        if self.tls == "none" and self.password is not None:
            raise at_key("tls", "a password is never sent without encryption")
        return self


class SlackSettings(Settings):
    """Slack, by an incoming webhook, or by a bot that answers in threads."""

    url: Secret | None = Field(default=None, description="Address of an incoming webhook.")
    token: Secret | None = Field(default=None, description="Token of a bot with `chat:write`.")
    channel: str | None = Field(default=None, description="Id of the channel the bot writes to.")
    api: HttpAddress = Field(default="https://slack.com/api", description="Slack's API.")

    @model_validator(mode="after")
    def _speaks_one_way(self) -> Self:
        if (self.url is None) == (self.token is None):
            raise ValueError("write either `url`, or `token` and `channel`")
        if (self.token is None) != (self.channel is None):
            raise at_key(
                "channel" if self.token is None else "token",
                "`token` and `channel` belong together",
            )
        return self


class TeamsSettings(Settings):
    """Microsoft Teams: an adaptive card, posted by a workflow."""

    url: Secret = Field(description="Address of the workflow that posts to a channel or chat.")


class PagerDutySettings(Settings):
    """PagerDuty: an incident for each matter, which ends with it."""

    routing_key: Secret = Field(description="Integration key of an Events API v2 integration.")
    url: HttpAddress = Field(
        default="https://events.pagerduty.com/v2/enqueue", description="The Events API."
    )


class AlertmanagerSettings(Settings):
    """Alertmanager, where no Prometheus sends it alerts: an alert for each finding."""

    urls: tuple[HttpAddress, ...] = Field(
        min_length=1, description="Addresses of all members of the cluster."
    )


class ChannelSettings(Settings):
    """One way to reach people: exactly one of these keys."""

    webhook: SignedWebhookSettings | None = Field(default=None, description="A program of yours.")
    smtp: SmtpSettings | None = Field(default=None, description="Mail.")
    slack: SlackSettings | None = Field(default=None, description="Slack.")
    teams: TeamsSettings | None = Field(default=None, description="Microsoft Teams.")
    pagerduty: PagerDutySettings | None = Field(default=None, description="PagerDuty.")
    alertmanager: AlertmanagerSettings | None = Field(default=None, description="Alertmanager.")
    apprise: Secret | None = Field(
        default=None,
        description="Any service that Apprise knows, by its address there, such as `discord://…`.",
    )

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        given = [key for key in type(self).model_fields if getattr(self, key) is not None]
        if len(given) > 1:
            raise at_key(given[1], f"`{given[0]}` and `{given[1]}` are two channels")
        if not given:
            raise ValueError(f"write one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """Which of the keys it has."""
        return next(key for key in type(self).model_fields if getattr(self, key) is not None)

    @property
    def brings_documents(self) -> bool:
        """Whether reports can be sent there; alerts and incidents are none."""
        return self.kind not in BRING_NO_DOCUMENTS

    @property
    def own(self) -> Any:
        """What stands under that key."""
        return getattr(self, self.kind)


class PersonSettings(Settings):
    """How to reach one person: a channel of their own, or their address behind another one."""

    channel: Identifier | None = Field(
        default=None, description="Name of a channel that reaches this person."
    )
    mail: MailAddress | None = Field(default=None, description="Their mailbox.")
    through: Identifier | None = Field(
        default=None, description="Name of the `smtp` channel whose server takes mails to `mail`."
    )

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if (self.channel is None) == (self.mail is None):
            raise ValueError("write either `channel`, or `mail` and `through`")
        if (self.mail is None) != (self.through is None):
            key = "through" if self.through is None else "mail"
            raise at_key(key, "`mail` and `through` belong together")
        return self

    @property
    def way(self) -> str:
        """Name the channel that reaches them; no written one has a name with a slash."""
        return self.channel or f"{self.through}/{self.mail}"


class AcknowledgeSettings(Settings):
    """Links in messages by which people say that they know; they need `external_url`."""

    secret: Secret = Field(
        description="What links are signed with: 32 characters or more that nobody can guess."
    )
    valid_for: Duration = Field(
        default=timedelta(days=30), description="How long after its message a link works."
    )

    def key(self) -> bytes:
        """Read the secret; raises ``MissingSecretError``, for one that is too short, too."""
        secret = self.secret.reveal().encode()
        if len(secret) < SHORTEST_KEY:
            raise MissingSecretError(
                f"the secret of notifications.acknowledge has fewer than {SHORTEST_KEY} characters"
            )
        return secret


Role = Literal["owner", "lead", "manager", "sponsor"]


class StepSettings(Settings):
    """Who is told of a finding that nobody has acknowledged, and when."""

    after: Workdays = Field(
        description="Working days after it was told, or got worse though acknowledged."
    )
    to: Role = Field(
        description="The milestone's owner, the project's lead, the program's manager or sponsor; "
        "where nobody is named, or `people` does not say how to reach them, the next one of these."
    )


def _hours(value: object) -> object:
    if isinstance(value, tuple):
        return value
    match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('expected hours such as "08:00-18:00"')
    try:
        begin, end = time.fromisoformat(match[1]), time.fromisoformat(match[2])
    except ValueError:
        raise ValueError('expected hours such as "08:00-18:00"') from None
    if begin >= end:
        raise ValueError("the hours end before they begin; they are those of one day")
    return begin, end


Hours = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    PlainSerializer(lambda hours: f"{hours[0]:%H:%M}-{hours[1]:%H:%M}", return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$", "examples": ["08:00-18:00"]}
    ),
]
"""A part of the day, written ``08:00-18:00``, in the time zone of the file."""


class QuietSettings(Settings):
    """When nothing is sent; what comes up meanwhile is told afterwards, if it still holds."""

    outside: Hours = Field(description="Nothing is sent before or after these hours.")
    calendar: Identifier = Field(
        default="default", description="Nothing is sent on days that it does not work."
    )


class RouteSettings(Settings):
    """Which findings go to which channels; of two routes to one channel the first one counts."""

    programs: tuple[Identifier, ...] = Field(
        default=(), description="Findings of these programs; default: of all."
    )
    min_severity: Severity = Field(
        default="medium", description="Findings of this severity or worse."
    )
    rules: tuple[RuleFilter, ...] = Field(
        default=(), description="Findings of these rules or families of rules; default: of all."
    )
    audience: tuple[Text, ...] = Field(
        default=(),
        description="Findings about what these people own, lead, manage or sponsor; default: "
        "about everything.",
    )
    to: tuple[Identifier, ...] = Field(min_length=1, description="Names of the channels.")
    quiet: QuietSettings | None = Field(
        default=None, description="When nothing is sent; default: never quiet."
    )
    worse_by: Workdays = Field(
        default=3, description="How many more working days late are worth another message."
    )
    remind_after: Duration | Literal["never"] = Field(
        default=timedelta(days=7),
        description="When an open finding is told again; each time it takes twice as long.",
    )
    escalate: tuple[StepSettings, ...] = Field(
        default=(),
        description="Who else is told of findings that nobody has acknowledged, in working hours.",
    )


class NotificationSettings(Settings):
    """Messages to people, without Prometheus and Alertmanager."""

    channels: dict[Identifier, ChannelSettings] = Field(
        default_factory=dict[str, ChannelSettings], description="Ways to reach people, by name."
    )
    routes: tuple[RouteSettings, ...] = Field(
        default=(), description="Which findings go to which channels."
    )
    people: dict[Text, PersonSettings] = Field(
        default_factory=dict[str, PersonSettings],
        description="How to reach people, by the name under which the file has them as owner, "
        "lead, manager or sponsor; for `escalate`.",
    )
    acknowledge: AcknowledgeSettings | None = Field(
        default=None,
        description="Links by which people acknowledge findings; without it only `slipwatch "
        "notify ack` does.",
    )
    settle: Duration = Field(
        default=timedelta(minutes=15),
        description="How long a finding has to be there, or gone, before that is told.",
    )
    give_up_after: Duration = Field(
        default=timedelta(days=3),
        description="How long delivery of a message is tried; then it is a dead letter, see "
        "`slipwatch notify list`.",
    )

    def ways(self) -> Mapping[str, ChannelSettings]:
        """Give the channels by name, with one for each person whose mail goes through another."""
        personal = {
            person.way: self._mailbox(person.mail, person.through)
            for person in self.people.values()
            if person.mail is not None and person.through is not None
        }
        return {**self.channels, **personal}

    def _mailbox(self, address: str, through: str) -> ChannelSettings:
        smtp = self.channels[through].own.model_copy(update={"to": (address,)})
        return ChannelSettings(smtp=smtp)
