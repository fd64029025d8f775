"""How a refused value is shown in a message: short, escaped, and without what may be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

_LONGEST = 64  # characters of a text
_MOST = 4  # elements of a list, or keys of a mapping


class HiddenSecrets(dict[str, Any]):
    """A dict of options whose repr shows no password. What it holds is there to be looked up."""

    _SECRETS = frozenset({"password", "ssl_password"})

    def __repr__(self) -> str:
        hidden = {name: "***" for name in self._SECRETS if self.get(name)}
        return repr({**self, **hidden})


def shown(value: object) -> str:
    """Return a text for *value* that is safe in a log.

    Numbers, short texts and classes are shown as Python writes them, a list by its elements and a
    mapping by its keys if these are such, and anything else by its type, as its repr may show
    anything. A text that may hold credentials (a URL, or user:password@host) is not shown.
    """
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with the keys {_listed(value)}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {_listed(value)}"
    return _one(value)


def bad_value(name: str, expected: str, value: object) -> str:
    """Return the text that says that *name* must be *expected*, and what it is instead."""
    return f"{name} must be {expected}, not {shown(value)}"


def _one(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return _text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return _cut(repr(value))
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"an object of type {type(value).__name__}"


def _text(value: str | bytes) -> str:
    probe = value if isinstance(value, str) else value.decode("latin-1")
    if "@" in probe or "://" in probe:
        return f"a {type(value).__name__} that is not shown, as it may hold a password"
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _listed(values: Any) -> str:
    texts = [_one(value) for value in islice(values, _MOST)]
    return ", ".join(texts + ["..."] * (len(values) > _MOST)) or "nothing"
