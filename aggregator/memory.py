"""What one assessment leaves for the next: only what has changed is computed again."""

from collections.abc import Mapping
from typing import Final

from .making import Kept
from .network.recall import Recalls

MOST: Final = 2000
"""Open milestones; of more nothing is kept, since each takes 40 kB at 10,000 trials, and more."""


class Memory:
    """Results by what they come from: with it an assessment says the same as without, to the byte.

    It serves one assessment after the other, not two at once.
    """

    def __init__(self) -> None:
        self.recalls: Final = Recalls()
        """What passes over the network found."""
        self._kept: Kept | None = None
        self._origins: Mapping[str, object] = {}

    def before(self, origins: Mapping[str, object]) -> tuple[Kept | None, frozenset[str]]:
        """Return what is kept, and the milestones whose samples come from the same as then.

        ``origins`` gives what the samples of each milestone come from, the same object for all
        that are sampled together.
        """
        same: dict[int, bool] = {}
        for name, origin in origins.items():
            if id(origin) not in same:
                same[id(origin)] = self._origins.get(name) == origin
        return self._kept, frozenset(name for name, origin in origins.items() if same[id(origin)])

    def keep(self, kept: Kept, origins: Mapping[str, object]) -> None:
        """Keep what an assessment leaves for the next one."""
        self._kept, self._origins = kept, origins
