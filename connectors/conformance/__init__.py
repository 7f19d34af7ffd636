"""Tests that every connector passes, for those who write one: see docs/connectors.md.

It needs pytest, which slipwatch itself does not: import it in tests alone.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("core", "over_http", "payloads", "optional"))
)

from .core import Conformance  # noqa: E402  # after its asserts are registered
from .optional import CensusConformance, ExploringConformance, HookConformance  # noqa: E402
from .over_http import HttpConformance  # noqa: E402
from .world import Signed, World  # noqa: E402

__all__ = [
    "CensusConformance",
    "Conformance",
    "ExploringConformance",
    "HookConformance",
    "HttpConformance",
    "Signed",
    "World",
]
