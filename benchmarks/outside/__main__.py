"""``python -m benchmarks.outside learn|reports DATA``: the shipped prior, and its proof."""

import argparse
import tempfile
from pathlib import Path

from slipwatch.aggregator.forecast import prior as prior_module

from .halves import halved, written_halves
from .prior import learned
from .prior import written as as_json
from .reports import proof, written


def main() -> None:
    """Learn the prior and write it into the package, or score it on the weekly reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outside", description=__doc__)
    parser.add_argument("what", choices=("learn", "reports"))
    parser.add_argument("data", type=Path, help="the folder of the public histories")
    asked = parser.parse_args()
    if asked.what == "learn":
        target = Path(prior_module.__file__).with_name("prior.json")
        with tempfile.TemporaryDirectory(prefix="slipwatch-") as folder:
            target.write_text(as_json(learned(asked.data, Path(folder))), encoding="utf-8")
    else:
        print("\n".join((*written(proof(asked.data)), "", *written_halves(halved(asked.data)))))


if __name__ == "__main__":
    main()
