"""How Sphinx builds these pages: `make docs`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
# The reference describes initializers by their classes, for which any backend will do.
os.environ.setdefault("KERAS_BACKEND", "jax")

project = "declinit"
project_copyright = "the authors of declinit"
html_title = "declinit"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "tasks.reference",
]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["declinit.css"]
html_theme_options = {"top_of_page_buttons": []}
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 3
myst_links_external_new_tab = False

suppress_warnings = ["misc.highlighting_failure"]  # examples of faults are meant to be faulty
default_role = "code"  # docstrings write code in single backquotes
add_module_names = False
# Documents of JSON are read and written by get_config and from_config; these are their parts.
autodoc_default_options = {"exclude-members": "to_dict, from_dict, from_node"}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
toc_object_entries_show_parents = "hide"
pygments_style = "tango"
pygments_dark_style = "github-dark"
