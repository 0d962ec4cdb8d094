"""One assessment as one HTML file for a projector and for paper: no script, no other file, no network.

In comes an `Assessment`; out goes the text of the page. What it says is decided in `report/sheet.py`; here it
only gets its shape. Every text of a patient file is escaped by the template library, control characters are
made visible, and the same assessment gives the same bytes.
"""

from __future__ import annotations

from escalate.report.html.index_page import index_page, page_names
from escalate.report.html.render import Parts, html_parts, html_report, page_style

__all__ = ["Parts", "html_parts", "html_report", "index_page", "page_names", "page_style"]
