"""How tables reach a terminal or a pipe."""

from rich.console import Console, Group
from rich.table import Table


def print_wide(console: Console, renderable: Group | Table) -> None:
    """Print so that a pipe gets whole lines instead of cells cut to 80 columns."""
    if not console.is_terminal:
        console = Console(file=console.file, width=240, color_system=None)
    console.print(renderable)
