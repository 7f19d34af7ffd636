"""People of a small world, what their teams need, and who was told what."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.communication.model import Talk
from slipwatch.aggregator.people.model import Person
from slipwatch.aggregator.people.views import PeopleView, StreamView
from slipwatch.aggregator.portfolio.model import Portfolio

Convert = Callable[[Any, Any], Any]


def add_people(
    data: Mapping[str, Any], portfolio: Portfolio, assessment: Assessment, convert: Convert
) -> tuple[Portfolio, Assessment]:
    """Read ``people``, ``talk`` and ``streams_need``, the view of what streams need."""
    streams = convert(data.get("streams_need", []), tuple[StreamView, ...])
    portfolio = replace(
        portfolio,
        people=convert(data.get("people", []), tuple[Person, ...]),
        talk=convert(data.get("talk", {}), Talk),
    )
    return portfolio, msgspec.structs.replace(
        assessment, people=PeopleView(persons=(), streams=streams)
    )
