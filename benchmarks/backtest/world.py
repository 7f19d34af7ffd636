"""What a set is replayed in."""

from dataclasses import dataclass

from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.config.settings import SlipwatchSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What somebody watches, and everything that is known of it."""

    settings: SlipwatchSettings
    facts: Facts
