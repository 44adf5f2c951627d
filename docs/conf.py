"""Builds the documentation: ``make docs`` writes it to docs/_site, to be opened from disk. Warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "procsim"
author = "the procsim project"
html_title = "procsim"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "generate.mathml", "generate.drawings"]
autodoc_typehints = "none"
myst_enable_extensions = ["deflist", "dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_site", "notebooks", "examples", "generate"]
nitpicky = True
html_theme = "furo"
html_show_search_summary = False  # it would ask for pages by a request, which a browser does not allow from disk
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["procsim.css"]
html_theme_options: dict[str, Any] = {"navigation_with_keys": True}
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True


def setup(app: Any) -> None:
    """What can be generated is, before anything is read."""
    from generate import pages

    app.connect("builder-inited", lambda _app: pages.write(HERE))
