"""A small table of kinds of sources, and a way to load a text as slipwatch.yaml."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Literal

import pytest
from pydantic import Field

from slipwatch.config.base import Secret, Settings
from slipwatch.config.loader import ConfigError, Problem, load_settings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import HttpSourceSettings, SourceSettings

Kinds = dict[str, type[SourceSettings]]
Load = Callable[[str], SlipwatchSettings]
Problems = Callable[[str], tuple[Problem, ...]]


class TrackerAuth(Settings):
    """One way in, or the other."""

    token: Secret = Field(description="The token.")


class AppAuth(Settings):
    """The other way in."""

    app_id: int = Field(description="The number of the app.")
    private_key: Secret = Field(description="Its key.")


class TrackerSettings(HttpSourceSettings):
    """A tracker."""

    kind: Literal["tracker"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen
        description="Which connector reads it."
    )
    auth: TrackerAuth | AppAuth = Field(description="Who reads.")
    projects: tuple[str, ...] = Field(min_length=1, description="Keys of the projects.")


class SheetSettings(SourceSettings):
    """A sheet."""

    kind: Literal["sheet"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen
        description="Which connector reads it."
    )
    path: Path = Field(description="The file.")


@pytest.fixture
def kinds() -> Kinds:
    """Give two kinds of sources."""
    return {"tracker": TrackerSettings, "sheet": SheetSettings}


@pytest.fixture
def load(tmp_path: Path, kinds: Kinds) -> Load:
    """Load a text as slipwatch.yaml."""

    def load_text(text: str) -> SlipwatchSettings:
        path = tmp_path / "slipwatch.yaml"
        path.write_bytes(dedent(text).encode("utf-8", errors="surrogatepass"))
        return load_settings(path, kinds=kinds)

    return load_text


@pytest.fixture
def problems(load: Load) -> Problems:
    """Give what is wrong with a text; nothing when it loads."""

    def problems_of(text: str) -> tuple[Problem, ...]:
        try:
            load(text)
        except ConfigError as error:
            return error.problems
        return ()

    return problems_of
