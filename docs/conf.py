"""Configuration of the documentation site, built from the root of the repository:

    python -m sphinx -W --keep-going -c docs . build/site

The source folder is the whole repository, so that README, changelog, notebooks and the pages of other folders are in
the site as they stand, and their links hold on a code host too.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "site"))

import exactregions  # noqa: E402

project = "exactregions"
author = copyright = "The exactregions developers"
version = release = exactregions.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "mathml",
    "offline",
    "numpydoc",
    "command_line",
    "short_signatures",
    "whole_reference",
]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/**",
    "data/README.md",
    "data/golden/README.md",
    "proof/README.md",
    "notebooks/*.ipynb",
]
exclude_patterns = ["**/.*", "build", "docs/site/**"]
default_role = "py:obj"
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"exactregions {version}"
html_extra_path = ["site/root"]
html_copy_source = False
html_static_path = ["site/static"]
html_css_files = ["wrap.css"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the outputs in the repository are shown; .ci/run executes the notebooks

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
_ALIASES = ("Array", "ArrayLike", "Number", "Observer", "Point", "Prefix", "Rational", "Vector")
autodoc_type_aliases = {name: name for name in _ALIASES}
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
