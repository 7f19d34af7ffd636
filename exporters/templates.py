"""The HTML pages that are made from templates."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, Template


def load_page(
    package: str,
    name: str,
    *,
    finalize: Callable[[object], object] | None = None,
    **filters: Callable[..., Any],
) -> Template:
    """Compile a page of ``slipwatch.exporters.PACKAGE``: it escapes all that it is given.

    Jinja takes a tenth of a second for a large one; who makes pages keeps it.
    """
    environment = Environment(
        loader=PackageLoader(f"slipwatch.exporters.{package}"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters.update(filters)
    return environment.get_template(name)
