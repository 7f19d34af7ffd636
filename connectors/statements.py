"""Links that an item's own words state: "blocked by PAY-3"."""

from collections.abc import Callable, Collection, Iterable

from slipwatch.aggregator.records import Link, LinkKind, LinkOrigin

from .references import dependency_phrases


def links_in(
    words: str | None,
    *,
    owner: str,
    key: str,
    repository: str | None = None,
    name: Callable[[str], str] = str,
    origin: LinkOrigin = LinkOrigin.TEXT,
) -> list[Link]:
    """Read the links that a text states of the item ``key``, whose id is ``owner``.

    ``#7`` is of ``repository``; ``name`` writes another's key as the operator knows it.
    """
    links: list[Link] = []
    for found in dependency_phrases(words, own_repository=repository, own_key=key):
        other = name(found.key)
        links.append(
            Link(
                owner=owner,
                kind=LinkKind.BLOCKS if "block" in found.phrase else LinkKind.DEPENDS,
                upstream=other if found.upstream else key,
                downstream=key if found.upstream else other,
                origin=origin,
                label=found.phrase,
            )
        )
    return links


def unsaid(links: Iterable[Link], said: Collection[tuple[str, str]]) -> list[Link]:
    """Leave out what is said already, is said twice, or leads to the item itself."""
    new: dict[tuple[str, str], Link] = {}
    for link in links:
        ends = (link.upstream, link.downstream)
        if ends not in said and link.upstream != link.downstream:
            new.setdefault(ends, link)
    return list(new.values())
