"""What every source has in common; each connector adds its own keys in its own folder.

A connector's settings model lives beside the connector and derives from ``SourceSettings``;
the table of connectors hands these models to the loader, so a new kind of source needs no
change here.
"""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from .base import Duration, Settings


class SourceSettings(Settings):
    """The keys that every kind of source understands."""

    kind: str = Field(description="Which connector reads it.")
    every: Duration | None = Field(
        default=None, description="How often this source is synced; default: `sync.every`."
    )


class HttpSourceSettings(SourceSettings):
    """The keys of every source that speaks HTTP."""

    url: str = Field(description="Base URL of the API.")
    timeout: Duration = Field(
        default="60s", validate_default=True, description="How long an answer may take."
    )
    ca_file: Path | None = Field(
        default=None,
        description="CA bundle to trust, PEM; relative to the folder of slipwatch.yaml.",
    )

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        """Refuse what is no base URL, without repeating it: it may hold a password."""
        expected = "expected a base URL such as https://jira.example.com"
        try:
            parts = urlsplit(value)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            raise ValueError(expected) from None
        if not usable:
            raise ValueError(expected)
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("a base URL holds no credentials and no query: write them in `auth`")
        return value.rstrip("/")
