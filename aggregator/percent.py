"""How a probability is written, everywhere the same."""

from collections.abc import Sequence
from math import floor


def percent(probability: float) -> str:
    """Write a probability in whole percent, cut and not rounded.

    Half a percent below a threshold must not read as the threshold itself, and what is not
    certain must read neither as 0 nor as 100 %.
    """
    whole = whole_percent(probability)
    if whole == 0 and probability > 0:
        return "less than 1 %"
    return f"{whole} %"


def whole_percent(probability: float) -> int:
    """Give the number that ``percent`` writes; 0 for what is less than 1 %."""
    return int(probability * 100 + 1e-9)


def shared_out(parts: Sequence[float], whole: int) -> list[int]:
    """Make whole numbers of parts that sum to a whole which was itself made a whole number.

    Each is one of the two next to its part; those that lose most by being cut are cut last (the
    largest remainder). ``parts`` sum to ``whole``, give or take less than one.
    """
    cut = [floor(part) for part in parts]
    by_loss = sorted(range(len(parts)), key=lambda n: cut[n] - parts[n])
    for n in by_loss[: max(whole - sum(cut), 0)]:
        cut[n] += 1
    return cut
