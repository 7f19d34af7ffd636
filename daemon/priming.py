"""What several threads must not do at the same time for the first time."""

from contextlib import suppress

import msgspec

from slipwatch.connectors.learning import LEARNING
from slipwatch.connectors.table import kinds


def prime_decoders() -> None:
    """Load every connector, and let msgspec learn all that they decode, in one thread."""
    for known in kinds().values():
        known.load()
    learn_structs()


def learn_structs() -> None:
    """Let msgspec learn the fields of every Struct that is loaded by now, see ``LEARNING``.

    Two Jira sources that begin together would learn the same ones at once, and so would two
    readers of one.
    """
    waiting: list[type[msgspec.Struct]] = [msgspec.Struct]
    with LEARNING:
        while waiting:
            for kind in waiting.pop().__subclasses__():
                waiting.append(kind)
                # One that names types that are not there cannot be decoded by anybody.
                with suppress(NameError, TypeError):
                    msgspec.json.Decoder(kind)
