"""What every source has in common; each connector adds its own keys in its own folder.

A connector's settings model lives beside the connector and derives from ``SourceSettings``;
the table of connectors hands these models to the loader, so a new kind of source needs no
change here.
"""

from pathlib import Path

from pydantic import Field

from .base import Duration, Settings


class SourceSettings(Settings):
    """The keys that every kind of source understands."""

    kind: str = Field(description="Which connector reads it.")
    every: Duration | None = Field(
        default=None, description="How often this source is synced; default: sync.every."
    )


class HttpSourceSettings(SourceSettings):
    """The keys of every source that speaks HTTP."""

    url: str = Field(description="Base URL of the API.")
    timeout: Duration = Field(default="60s", validate_default=True, description="For an answer.")
    ca_file: Path | None = Field(default=None, description="CA bundle to trust, PEM.")
