"""How tables look, and how they reach a terminal or a pipe."""

from rich.console import Console, Group
from rich.table import Table


def plain_table(*columns: str) -> Table:
    """Make a table without lines, with headings."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def print_wide(console: Console, renderable: Group | Table) -> None:
    """Print so that a pipe gets whole lines instead of cells cut to 80 columns."""
    if not console.is_terminal:
        console = Console(file=console.file, width=240, color_system=None)
    console.print(renderable)
