"""Why a forecast moved, in sentences: its parts by how much each is worth."""

from collections.abc import Iterator, Mapping

import msgspec

from slipwatch.aggregator.assessment import ChanceMoved, DaysMoved, Movement
from slipwatch.aggregator.percent import percent, shared_out, whole_percent

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
        yield f"Since {movement.since} its P50 {how}{_say_parts(parts_of(days), days.total)}."
    if chance is not None:
        how = f"went from {percent(chance.before)} to {percent(chance.after)}"
        if percent(chance.before) == percent(chance.after):
            how = f"is {percent(chance.after)} as before"
        points = {part: 100 * value for part, value in parts_of(chance).items()}
        told = whole_percent(chance.after) - whole_percent(chance.before)
        yield (
            f"Since {movement.since} the chance to keep its commitment "
            f"{how}{_say_parts(points, told)}."
        )


def _say_parts(parts: Mapping[str, float], told: int) -> str:
    """List the parts, the largest first; they sum to what is told of the whole."""
    worth = dict(zip(parts, shared_out(list(parts.values()), told), strict=True))
    largest = sorted((part for part in worth if worth[part]), key=lambda part: -abs(worth[part]))
    listed = ", ".join(f"{_WORDS[part]} {worth[part]:+d}" for part in largest)
    return f": {listed}" if listed else ""
