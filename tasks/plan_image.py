"""Draw the plan of the README's policy as a terminal shows it: `python -m tasks.plan_image`."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import declinit
from declinit.render.layouts.plans import plan_layout
from declinit.render.renderers import render
from declinit.render.style import Style
from tasks.pages import DOCS, README, blocks_of, text_of

IMAGE = DOCS / "images" / "plan.svg"
POLICY, MODULE = "policy.declinit.yaml", "my_models"

WIDTH, HEIGHT = 7.23, 20  # of a character, in pixels
MARGIN = 18
_PAINTED = re.compile("\x1b\\[(\\d+)m(.*?)\x1b\\[0m")
_CLASSES = {"1": "strong", "2": "muted"}
_STYLES = """
    text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
           fill: #d6dae0; white-space: pre }
    .strong { font-weight: 600; fill: #ffffff }
    .muted { fill: #8b93a1 }
    .prompt { fill: #7fc98b }
"""


def plan_lines() -> list[str]:
    """What `declinit plan` prints at a terminal."""
    with _readme_files():
        model = importlib.import_module(MODULE).build()
        plan = declinit.resolve(POLICY, model)
    text = render(plan_layout(plan, detailed=False), "text", Style(colour=True, terminal=True))
    return text.splitlines()


@contextlib.contextmanager
def _readme_files() -> Iterator[None]:
    """A working folder that holds the README's files, whose modules are forgotten afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks_of(text_of(README)):
            if block.file:
                (Path(folder) / block.file).write_text(block.body, encoding="utf-8")
        sys.path.insert(0, folder)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
            sys.path.remove(folder)
            sys.modules.pop(MODULE, None)


def svg(lines: Iterable[str]) -> str:
    """Lines of a terminal as an image."""
    shown = list(lines)
    columns = max(len(_PAINTED.sub(r"\2", line)) for line in shown)
    width, height = round(columns * WIDTH) + 2 * MARGIN, len(shown) * HEIGHT + 2 * MARGIN
    texts = "".join(
        f'  <text x="{MARGIN}" y="{MARGIN + 14 + number * HEIGHT}">{_spans(line)}</text>\n'
        for number, line in enumerate(shown)
        if line
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xml:space="preserve" role="img" aria-label="A plan">\n'
        f"  <style>{_STYLES}  </style>\n"
        f'  <rect width="{width}" height="{height}" rx="8" fill="#1e2127"/>\n{texts}</svg>\n'
    )


def _spans(line: str) -> str:
    pieces, end = [], 0
    for found in _PAINTED.finditer(line):
        pieces += [escape(line[end : found.start()]), _span(_CLASSES[found[1]], found[2])]
        end = found.end()
    return "".join([*pieces, escape(line[end:])])


def _span(name: str, text: str) -> str:
    return f'<tspan class="{name}">{escape(text)}</tspan>'


def plan_image() -> str:
    """The image, with the command above what it prints."""
    prompt = f"$ declinit plan {POLICY} --model {MODULE}:build"
    drawn = svg([prompt, "", *plan_lines()])
    return drawn.replace(f">{escape(prompt)}<", f">{_span('prompt', '$')}{escape(prompt[1:])}<")


if __name__ == "__main__":
    IMAGE.parent.mkdir(exist_ok=True)
    IMAGE.write_text(plan_image(), encoding="utf-8")
