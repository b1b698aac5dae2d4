"""JSON: the data that a layout stands for."""

from __future__ import annotations

from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems
from declinit.render.report import Report
from declinit.render.style import Style
from declinit.serialization import json_text


def layout_json(layout: Layout, _style: Style) -> str:
    """The document of a layout."""
    return json_text(layout.document())


def report_json(report: Report, style: Style) -> str:
    """The document of the layout of a report."""
    return layout_json(report.layout, style)


def problems_json(problems: Problems, _style: Style) -> str:
    """A document with one entry a fault."""
    return json_text(problems.to_dict())


WRITES = {Layout: layout_json, Report: report_json, Problems: problems_json}
