"""Why a forecast moved, in sentences: its parts by how much each is worth."""

from collections.abc import Iterator

import msgspec

from slipwatch.aggregator.assessment import ChanceMoved, DaysMoved, Movement
from slipwatch.aggregator.percent import percent

from .wording import say_later

_WORDS = {
    "pace": "its pace",
    "scope": "its scope",
    "upstream": "what it waits for",
    "date": "dates that people set",
    "calendar": "calendars",
    "model": "how it is forecast",
    "data": "facts known late",
}


def parts_of(moved: DaysMoved | ChanceMoved | None) -> dict[str, float]:
    """Give the parts that are worth something, by their names in the assessment."""
    if moved is None:
        return {}
    worth = {
        field.encode_name: getattr(moved, field.name) for field in msgspec.structs.fields(moved)
    }
    return {part: worth[part] for part in _WORDS if worth[part]}


def say_movement(movement: Movement) -> Iterator[str]:
    """Say how far P50 and the chance moved, and what moved them, in whole sentences."""
    days, chance = movement.p50, movement.p_on_time
    if days is not None:
        how = f"went from {days.before} to {days.after}, {say_later(days.total)}"
        if days.before == days.after:
            how = f"is {days.after} as before"
        yield f"Since {movement.since} its P50 {how}{_say_parts(days, 1)}."
    if chance is not None:
        how = f"went from {percent(chance.before)} to {percent(chance.after)}"
        if percent(chance.before) == percent(chance.after):
            how = f"is {percent(chance.after)} as before"
        parts = _say_parts(chance, 100)
        yield f"Since {movement.since} the chance to keep its commitment {how}{parts}."


def _say_parts(moved: DaysMoved | ChanceMoved, scale: int) -> str:
    """List the parts, the largest first; chances in points of a hundred."""
    worth = {part: round(value * scale) for part, value in parts_of(moved).items()}
    largest = sorted((part for part in worth if worth[part]), key=lambda part: -abs(worth[part]))
    listed = ", ".join(f"{_WORDS[part]} {worth[part]:+d}" for part in largest)
    return f": {listed}" if listed else ""
