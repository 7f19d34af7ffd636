"""What every source has in common; each connector adds its own keys in its own folder.

A connector's settings model lives beside the connector and derives from ``SourceSettings``;
the table of connectors hands these models to the loader, so a new kind of source needs no
change here.
"""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from .base import Duration, Secret, Settings, at_key
from .forms import web_address
from .guide import Guide


class SourceSettings(Settings):
    """The keys that every kind of source understands."""

    guide: ClassVar[Guide | None] = None
    """How ``slipwatch init`` recognises and writes down such a source; None: it does not."""

    kind: str = Field(description="Which connector reads it.")
    every: Duration | None = Field(
        default=None, description="How often this source is synced; default: `sync.every`."
    )
    census_every: Duration | None = Field(
        default=None,
        description="How often all ids of this source are listed; default: `sync.census_every`.",
    )


class ClientCertificate(Settings):
    """What a server that asks for a client certificate is shown."""

    cert: Path = Field(
        description="The certificate and its chain, PEM; relative to the folder of slipwatch.yaml."
    )
    key: Path = Field(
        description="Its private key, PEM without a passphrase; relative to the same folder."
    )


class ProxyCredentials(Settings):
    """Who is asking, for a proxy that wants to know."""

    username: str = Field(min_length=1, description="Account at the proxy.")
    password: Secret = Field(description="Its password.")


class WebhookSettings(Settings):
    """How the tracker proves that a webhook's delivery is its own."""

    secret: Secret = Field(
        description="What the tracker signs deliveries with, as it was given to the tracker."
    )
    previous: Secret | None = Field(
        default=None,
        description="The secret before, accepted too while the tracker is given the new one.",
    )


class HttpSettings(Settings):
    """How a server is reached over HTTP."""

    timeout: Duration = Field(
        default="60s",
        validate_default=True,
        description="How long to wait for an answer, or for more of it; "
        "the whole of one may take five times as long.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="CA bundle to trust, PEM; relative to the folder of slipwatch.yaml.",
    )
    client_cert: ClientCertificate | None = Field(
        default=None, description="Client certificate, for a server that asks for one."
    )
    proxy: str | None = Field(
        default=None,
        description="Proxy to go through, such as http://proxy.example:3128; default: none. "
        "The environment's proxies are not used.",
    )
    proxy_auth: ProxyCredentials | None = Field(
        default=None, description="Credentials for `proxy`, if it wants any."
    )

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: str | None) -> str | None:
        return value and web_address(
            value,
            expected="expected a proxy's URL such as http://proxy.example:3128",
            pure="a proxy's URL holds no credentials and no query: write them in `proxy_auth`",
        )

    @model_validator(mode="after")
    def _has_a_proxy_to_log_in_at(self) -> Self:
        if self.proxy_auth is not None and self.proxy is None:
            raise at_key("proxy_auth", "credentials for a proxy need its URL: write it in `proxy`")
        return self


class HttpSourceSettings(HttpSettings, SourceSettings):
    """The keys of every source that speaks HTTP."""

    url: str = Field(description="Base URL of the API.")
    concurrency: int = Field(
        default=4,
        ge=1,
        le=16,
        description="How many projects or repositories are read at a time, and how many requests "
        "are under way at most; fewer while the site says that it is too much.",
    )
    webhook: WebhookSettings | None = Field(
        default=None,
        description="Take the tracker's webhooks at `/hooks/` and this source's name; without it, "
        "there is no such address.",
    )

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        return web_address(
            value,
            expected="expected a base URL such as https://jira.example.com",
            pure="a base URL holds no credentials and no query: write them in `auth`",
        )
