"""The documentation as a site: `make docs` writes it to build/docs; it needs no network."""

import re
from pathlib import Path

_VERSION = (Path(__file__).parent.parent / "escalate" / "_version.py").read_text(encoding="utf-8")

project = "escalate"
author = "the escalate authors"
release = re.search(r'"(.+)"', _VERSION)[1]
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["ci"]
html_theme = "furo"
html_title = f"escalate {release}"
html_show_sphinx = False
html_copy_source = False
# A page that is built twice is the same page.
html_last_updated_fmt = None
