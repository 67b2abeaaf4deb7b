"""A Locust scenario of the user's: read, and judged without running it."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from .files import PROGRAM

# https://kubernetes.io/docs/concepts/configuration/configmap/
LARGEST: Final = 1024 * 1024
# The file's name in the ConfigMap counts, too.
NAME: Final = "scenario.py"
# The classes of Locust's that users are made of
# (https://docs.locust.io/en/stable/writing-a-locustfile.html#user-class).
_USERS: Final = frozenset({"User", "HttpUser", "FastHttpUser", "PyTestUser"})


def scenario_fault(path: str) -> str | None:
    """Returns what is wrong with a scenario's file, or ``None``.

    :param path: of a Python file, from the project's folder on.
    """
    found = PurePosixPath(path)
    if found.is_absolute() or ".." in found.parts or found.suffix != ".py":
        return f"must be a .py file in the project's folder, such as load/shop.py, got {path!r}"
    try:
        text = scenario_text(path)
    except FileNotFoundError:
        return f"is not there, below the project's folder: {path!r}"
    except (OSError, ValueError) as error:
        return f"cannot be read: {path!r}: {error.__class__.__name__}"
    if (size := len(text.encode()) + len(NAME)) > LARGEST:
        return f"must be at most {LARGEST:,} bytes, which a ConfigMap takes, got {size:,}"
    return _code_fault(path, text)


def scenario_text(path: str) -> str:
    """Returns what is in a scenario's file."""
    return (PROGRAM / path).read_text(encoding="utf-8")


def _code_fault(path: str, text: str) -> str | None:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f", in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        return f"{path} is not Python: {getattr(error, 'msg', error)}{where}"
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    users = [one for one in classes.values() if _is_user(one, classes) and not _is_abstract(one)]
    if not users:
        known = ", ".join(classes) or "none"
        return (
            f"{path} needs a class of users, such as class Shopper(HttpUser); its classes: {known}"
        )
    idle = [one.name for one in users if not any(_has_tasks(part) for part in _line(one, classes))]
    # A base from elsewhere may have some.
    if idle and all(_is_known(one, classes) for one in users):
        return f"{path}: {', '.join(idle)} has no task: mark a method with @task, or set tasks"
    return None


def _bases(node: ast.ClassDef) -> Iterator[str]:
    """Yields the last parts of the bases' names."""
    for base in node.bases:
        if isinstance(base, ast.Attribute):
            yield base.attr
        elif isinstance(base, ast.Name):
            yield base.id


def _line(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """Returns a class and those of the file that it comes from."""
    found, left = [], [node]
    while left:
        one = left.pop()
        if one not in found:
            found.append(one)
            left += [classes[name] for name in _bases(one) if name in classes]
    return found


def _is_user(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    """Returns whether a class comes from one of Locust's, or from one that is named like those."""
    return any(
        name in _USERS or (name.endswith("User") and name not in classes)
        for one in _line(node, classes)
        for name in _bases(one)
    )


def _is_known(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    """Returns whether all that a class comes from is Locust's or in the file."""
    return all(
        name in _USERS or name in classes
        for one in _line(node, classes)
        for name in [*_bases(one), *(["?"] if len([*_bases(one)]) < len(one.bases) else [])]
    )


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for part in node.body:
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    yield target.id, part.value
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.value:
            yield part.target.id, part.value


def _is_abstract(node: ast.ClassDef) -> bool:
    return any(
        name == "abstract" and isinstance(value, ast.Constant) and value.value is True
        for name, value in _assigned(node)
    )


def _has_tasks(node: ast.ClassDef) -> bool:
    """Returns whether a class has tasks: marked methods, a class of tasks in it, or a list."""
    return any(name == "tasks" for name, _ in _assigned(node)) or any(
        _name_of(mark) == "task"
        for part in node.body
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for mark in part.decorator_list
    )


def _name_of(mark: ast.expr) -> str:
    """Returns the last part of a decorator's name."""
    mark = mark.func if isinstance(mark, ast.Call) else mark
    if isinstance(mark, ast.Attribute):
        return mark.attr
    return mark.id if isinstance(mark, ast.Name) else ""
