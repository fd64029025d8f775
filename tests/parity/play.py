"""Plays a case on a client and writes down, as text, what each of its statements gives or raises.

It runs beside either client, so it imports neither of them. The text tells types apart: True is
not 1, a tuple is no list, and a class derived from one of Python's own is named.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Callable

Describe = Callable[[Any], str]

PLAIN = (type(None), bool, int, float, bytes, str, datetime, timedelta, Decimal)


def sha(script: str) -> str:
    return hashlib.sha1(script.encode()).hexdigest()


NAMES = {"sha": sha, "datetime": datetime, "timedelta": timedelta, "Decimal": Decimal}


class Writer:
    """Writes values as text. With `shape` a plain value is its type, and a list its elements'."""

    def __init__(self, flags: list[str]) -> None:
        self.shape = "shape" in flags
        self.unordered = "unordered" in flags

    def write(self, value: Any) -> str:
        kind = type(value)
        if kind in PLAIN:
            return kind.__name__ if self.shape else repr(value)
        if isinstance(value, BaseException):
            return f"{kind.__name__}({str(value)!r})"
        for base in (dict, list, tuple, set):
            if isinstance(value, base):
                name = "" if kind is base else kind.__name__
                return f"{name}{getattr(self, base.__name__)(value)}"
        return f"<{kind.__name__}>"

    def dict(self, value: Any) -> str:
        shape, self.shape = self.shape, False
        keys = [self.write(key) for key in value]
        self.shape = shape
        pairs = zip(keys, map(self.write, value.values()))
        return "{" + ", ".join(sorted(f"{key}: {element}" for key, element in pairs)) + "}"

    def list(self, value: Any) -> str:
        elements = [self.write(element) for element in value]
        if self.shape:
            elements = sorted(set(elements))
        elif self.unordered:
            elements.sort()
        return "[" + ", ".join(elements) + "]"

    def tuple(self, value: Any) -> str:
        return "(" + ", ".join(map(self.write, value)) + ")"

    def set(self, value: Any) -> str:
        return "set(" + ", ".join(sorted({self.write(element) for element in value})) + ")"


def perform(statement: ast.stmt, scope: dict[str, Any]) -> Any:
    """An expression and what is assigned to a name have a value; other statements give None."""
    if isinstance(statement, (ast.Expr, ast.Assign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if target is None or isinstance(target, ast.Name):
            value = eval(compile(ast.Expression(statement.value), "<case>", "eval"), scope)
            if isinstance(target, ast.Name):
                scope[target.id] = value
            return value
    exec(compile(ast.Module([statement], []), "<case>", "exec"), scope)
    return None


def in_pipeline(client: Any, statement: ast.stmt, scope: dict[str, Any]) -> Any:
    """What the statement has queued is executed at once, and the reply is its value."""
    pipe = scope["rc"] = client.pipeline()
    value = perform(statement, scope)
    if len(pipe) > 0:
        replies = pipe.execute()
        value = replies[0] if len(replies) == 1 else replies
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            scope[statement.targets[0].id] = value
    return value


def outcome(run: Callable[[], Any], write: Describe) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            text = write(run())
        except Exception as error:
            text = f"raises {type(error).__name__}: {error}"
    warned = [f"warns {warning.category.__name__}: {warning.message}; " for warning in caught]
    return "".join(warned) + text


def play(
    client: Any, program: str, flags: list[str], pipelined: bool, names: dict[str, Any]
) -> list[str]:
    """One text for each statement. The cluster is emptied first."""
    client.flushall()
    scope = {**NAMES, **names, "rc": client}
    write = Writer(flags).write
    texts = []
    for statement in ast.parse(program).body:
        if pipelined:
            texts.append(outcome(lambda: in_pipeline(client, statement, scope), write))  # noqa: B023
        else:
            texts.append(outcome(lambda: perform(statement, scope), write))  # noqa: B023
    return texts
