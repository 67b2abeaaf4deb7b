"""What MkDocs calls while it builds the site: a page for each component, from its docstrings."""

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_COMPONENTS: Final = Path(__file__).resolve().parent / "components"
# Docstrings name other classes in the form of Sphinx.
_ROLE: Final = re.compile(r":(?:class|func|mod):<code>([^<]+)</code>")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the components."""
    names = sorted(path.stem for path in _COMPONENTS.glob("[a-z]*.py"))
    for name in names:
        files.append(File.generated(config, f"components/{name}.md", content=component_page(name)))
    rows = "\n".join(f"- [`components/{name}.py`]({name}.md)" for name in names)
    index = f"# Components\n\nArguments and outputs, from the code's own docstrings.\n\n{rows}\n"
    files.append(File.generated(config, "components/index.md", content=index))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Shows the names of classes in docstrings as code alone."""
    return _ROLE.sub(r"<code>\1</code>", html)


def component_page(name: str) -> str:
    """Returns the page of one file."""
    return f"# `{name}`\n\n::: components.{name}\n"
