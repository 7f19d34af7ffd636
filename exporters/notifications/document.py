"""Documents that channels bring to people, such as status reports."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as its readers are to see it."""

    key: str
    """Its name: the same each time it is sent, letters, digits and ``-._`` only."""
    title: str
    summary: tuple[str, ...]
    """What it says in a few sentences, for those who get no more than them and the link."""
    text: str
    """All of it as plain text or Markdown."""
    html: str
    """All of it as a page, whatever comes from trackers escaped."""
    link: str = ""
    """Where the page can be opened; empty where people cannot reach one."""
    pdf: bytes | None = None


@runtime_checkable
class Publisher(Protocol):
    """A channel that brings documents."""

    def publish(self, document: Document, *, now: datetime) -> None:
        """Deliver a document. Raises as ``Channel.send`` does."""
        ...
