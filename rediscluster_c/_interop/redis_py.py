"""The exceptions of redis-py, if it is installed, without the import of all of redis-py.

That takes three times as long as the import of this package. Its module ``exceptions`` is loaded by
itself, and handed over when the program imports redis-py later on: the classes are the same.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType

_NAME = "redis.exceptions"


class _Loaded(Loader):
    """Gives a module that has been executed already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        # A reload, if there is one, is its own loader's.
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


class _Finder(MetaPathFinder):
    """Finds the loaded module when redis-py imports it, so that it is bound as any other is."""

    def __init__(self, spec: ModuleSpec, module: ModuleType) -> None:
        self.spec = spec
        self.module = module

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _NAME:
            return None
        return ModuleSpec(name, _Loaded(self.module), origin=self.spec.origin)


def exceptions() -> ModuleType | None:
    """Return redis-py's module of exceptions, or None if redis-py is not installed."""
    if "redis" not in sys.modules:
        module = _load_alone()
        if module is not None:
            return module
    try:
        return importlib.import_module(_NAME)
    except ImportError:
        return None


def _load_alone() -> ModuleType | None:
    """The module without its package; None if it cannot be found, or is not made for that."""
    package = PathFinder.find_spec("redis")
    places = None if package is None else package.submodule_search_locations
    spec = None if places is None else PathFinder.find_spec(_NAME, list(places))
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception:
        return None
    if "redis" in sys.modules:
        return None  # it imports its package, which has a module of its own then
    sys.meta_path.insert(0, _Finder(spec, module))
    return module
