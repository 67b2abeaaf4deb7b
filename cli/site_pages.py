"""What MkDocs calls while it builds the site: a page for each component, from its docstrings."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_ROOT: Final = Path(__file__).resolve().parents[1]
# Docstrings name other classes in the form of Sphinx.
_ROLE: Final = re.compile(r":(?:class|func|mod):<code>([^<]+)</code>")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the components."""
    names = component_modules(_ROOT)
    for name in names:
        path = name.replace(".", "/")
        content = f"# `{path}.py`\n\n::: {name}\n"
        files.append(File.generated(config, f"{path}.md", content=content))
    rows = "\n".join(
        f"- [`{name.replace('.', '/')}.py`]({name.partition('.')[2].replace('.', '/')}.md)"
        for name in names
    )
    index = f"# Components\n\nArguments and outputs, from the code's own docstrings.\n\n{rows}\n"
    files.append(File.generated(config, "components/index.md", content=index))
    paths = sorted((file.src_uri for file in files.documentation_pages()), key=_index_first)
    config.nav = _with_folders(config.nav, paths)
    return files


def _with_folders(entry: Any, paths: Sequence[str]) -> Any:
    """Returns a part of the navigation with the pages of a folder in the place of its name."""
    if isinstance(entry, list):
        return [_with_folders(each, paths) for each in entry]
    if isinstance(entry, dict):
        return {title: _with_folders(below, paths) for title, below in entry.items()}
    return [p for p in paths if p.startswith(entry)] if entry.endswith("/") else entry


def _index_first(path: str) -> tuple[bool, str]:
    return not path.endswith("/index.md"), path


def on_page_content(html: str, **_: object) -> str:
    """Shows the names of classes in docstrings as code alone."""
    return _ROLE.sub(r"<code>\1</code>", html)


def component_modules(root: Path) -> list[str]:
    """Returns the names of all modules of components."""
    found = (
        path.relative_to(root).with_suffix("") for path in root.glob("components/**/[a-z]*.py")
    )
    return sorted(".".join(path.parts) for path in found)
