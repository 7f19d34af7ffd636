"""What a browser sees of an issue of the simulated sites: enough for links to lead somewhere."""

from html import escape

from starlette.responses import HTMLResponse, Response


def issue_page(key: str, title: str, status: str, text: str) -> Response:
    """Render an issue as a page without scripts; all texts are escaped."""
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{escape(key)}</title><h1>{escape(key)} {escape(title)}</h1>"
        f"<p>{escape(status)}</p><pre>{escape(text)}</pre>"
        "<p>A simulated issue of the slipwatch demo.</p></html>"
    )
