"""One item that is not as documented costs at most that item, and is named."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from slipwatch.aggregator.records import Batch

from .bench import Bench
from .proxy import Call, Reply, objects

LARGE = 10 * 1024 * 1024
DEPTH = 3
"""How deep into an item's payload fields are spoilt."""

Path = tuple[str, ...]
Spoil = Callable[[object], object]

_SPOILS: dict[str, Spoil] = {
    "null": lambda _value: None,
    "an unknown value": lambda value: "unheard-of" if isinstance(value, str) else value,
    "control characters": lambda value: (
        f"a\x00\x07\x1b[31m\ud800z{value}" if isinstance(value, str) else value
    ),
    "another type": lambda value: {"odd": [1]} if isinstance(value, str) else "odd",
}


class PayloadTests:
    """The tests of what one bad item does; a part of ``HttpConformance``."""

    @pytest.mark.parametrize("kind", _SPOILS)
    def test_a_bad_field_costs_one_item_at_most(self, bench: Bench, kind: str) -> None:
        """Each field of an item in turn: the item is read or named, the others are read."""
        bench.proxy.page_size = None  # a few large pages do, and take less time
        bench.pull()
        victims = sorted(bench.world.items)[:-1]
        paths = fields(bench)
        assert len(paths) >= 5, "no item was found in the answers: set World.id_field"
        for start in range(0, len(paths), len(victims)):
            spoilt = dict(zip(victims, paths[start : start + len(victims)], strict=False))
            bench.proxy.forget()
            bench.proxy.alter = _spoiling(bench, spoilt, _SPOILS[kind])
            batches = bench.pull()
            bench.keep(f"{kind} {start}", batches)
            _check_all_told(bench, batches, spoilt)

    def test_a_large_field_is_no_trouble(self, bench: Bench) -> None:
        """Ten megabytes in the title, which is longer than any tracker allows."""
        bench.pull()
        victim = min(bench.world.items)
        title = {item.id: item.title for batch in bench.pull() for item in batch.items}[victim]
        bench.proxy.forget()

        def alter(_call: Call, reply: Reply) -> Reply:
            payload = _decoded(reply)
            for found in _items(bench, payload).get(victim, []):
                for inner in objects(found):
                    for name, value in inner.items():
                        inner[name] = "x" * LARGE if value == title else value
            return reply if payload is None else reply.with_json(payload)

        bench.proxy.alter = alter
        batches = bench.pull()
        bench.keep("large", batches)
        _check_all_told(bench, batches, {victim: ("title",)})


def _check_all_told(bench: Bench, batches: list[Batch], spoilt: dict[str, Path]) -> None:
    found = {item.id for batch in batches for item in batch.items}
    warnings = [warning for batch in batches for warning in batch.warnings]
    for item, key in bench.world.items.items():
        if item in found:
            continue
        assert item in spoilt, f"{key} was lost because another item was bad: {spoilt}"
        where = f"{key} was lost because of {'.'.join(spoilt[item])}"
        assert warnings, f"{where}, and nobody was told"
        hides = any(part in {bench.world.id_field, "key", "number", "iid"} for part in spoilt[item])
        assert hides or any(key in text or item in text for text in warnings), f"{where}, unnamed"


def fields(bench: Bench) -> list[Path]:
    """List the fields that items have in the answers seen so far, but for their ids."""
    paths: dict[Path, None] = {}
    for reply in bench.proxy.replies:
        for copies in _items(bench, _decoded(reply)).values():
            for found in copies:
                paths |= dict.fromkeys(_paths(found, (), bench))
    return list(paths)


def _paths(found: dict[str, Any], above: Path, bench: Bench) -> Iterator[Path]:
    for name, value in found.items():
        if not above and name == bench.world.id_field:
            continue
        yield (*above, name)
        if isinstance(value, dict) and len(above) + 1 < DEPTH:
            yield from _paths(cast("dict[str, Any]", value), (*above, name), bench)


def _items(bench: Bench, payload: object) -> dict[str, list[dict[str, Any]]]:
    """Find the objects that are items of the world, by id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in objects(payload):
        identity = f"{bench.world.id_prefix}{one.get(bench.world.id_field)}"
        if identity in bench.world.items and len(one) > 3:
            found.setdefault(identity, []).append(one)
    return found


def _spoiling(
    bench: Bench, spoilt: dict[str, Path], spoil: Spoil
) -> Callable[[Call, Reply], Reply]:
    def alter(_call: Call, reply: Reply) -> Reply:
        payload = _decoded(reply)
        for identity, copies in _items(bench, payload).items():
            for found in copies:
                if identity in spoilt:
                    _spoil(found, spoilt[identity], spoil)
        return reply if payload is None else reply.with_json(payload)

    return alter


def _spoil(found: dict[str, Any], path: Path, spoil: Spoil) -> None:
    *above, last = path
    for name in above:
        inner = found.get(name)
        if not isinstance(inner, dict):
            return
        found = cast("dict[str, Any]", inner)
    if last in found:
        found[last] = spoil(found[last])


def _decoded(reply: Reply) -> object:
    try:
        return reply.json()
    except ValueError:
        return None
