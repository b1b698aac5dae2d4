"""HTML of a page's parts: the template, the style and the script, put together by Jinja2.

All text passes `printable` and Jinja's escaping here. Nothing but the pictures, the style and the
script is taken as it is, and those hold no text of the user's that was not escaped before.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import Any

from declinit.render.printable import printable
from declinit.report.extras import module
from declinit.report.tables import NUMBERS
from declinit.version import VERSION


def rendered(**values: Any) -> str:
    """The text of a page.

    Args:
        values: what the template calls `page`.
    """
    script = _text("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    markup = module("markupsafe").Markup
    text: str = _template().render(
        page=values,
        numbers=NUMBERS,
        version=VERSION,
        style=markup(_text("page.css")),
        script=markup(script),
        script_hash=f"sha256-{digest}",
    )
    return text


@functools.cache
def _template() -> Any:
    jinja, markup = module("jinja2"), module("markupsafe")
    environment = jinja.Environment(
        autoescape=True,
        undefined=jinja.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters["as_markup"] = markup.Markup
    environment.filters["lines"] = lambda text: markup.escape(printable(text, keep="\n"))
    return environment.from_string(_text("page.html"))


def _shown(value: Any) -> Any:
    """Text without what would steer its reader; markup has been made of such text."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _text(name: str) -> str:
    return (resources.files("declinit.report") / "templates" / name).read_text(encoding="utf-8")
