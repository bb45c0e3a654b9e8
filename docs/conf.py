"""How the documentation is built: guides in Markdown, the reference from the docstrings, in the look of the report."""

from __future__ import annotations

from typing import Any

from fathom import __version__

project = "fathom"
release = version = __version__
copyright = "the authors of fathom; Apache-2.0"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["attrs_block"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
default_role = "py:obj"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = False  # it reads defaults from the source, where derived options are none
autodoc_use_type_comments = False
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_line_continuation_character = "\\"

html_theme = "furo"
html_title = "fathom"
html_static_path = ["_static"]
html_css_files = ["fathom.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "tango"
pygments_dark_style = "github-dark"


def plain_attributes(_app: Any, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Keep napoleon from taking what stands before a colon for the type of an attribute."""
    if what in ("data", "attribute", "property") and lines and lines[0].strip():
        lines[:0] = ["..", ""]  # an empty comment


def keep_drawings(_app: Any, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Show what is drawn or written as code in the docstring of a module as it stands there."""
    if what != "module":
        return
    drawn = False
    for i, line in enumerate(lines):
        if line.startswith("    ") and not drawn:
            lines[i - 1] += "\n::\n\n"
        drawn = line.startswith("    ") or (drawn and not line.strip())
    lines[:] = "\n".join(lines).split("\n")


def setup(app: Any) -> None:
    """Hook in, the first before napoleon."""
    app.connect("autodoc-process-docstring", plain_attributes, priority=400)
    app.connect("autodoc-process-docstring", keep_drawings)
