"""install_as_rediscluster(): this package under the old one's name, for code as it is."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

OLD = "rediscluster"
PACKAGE = "rediscluster_c"

# What the package under the old name says of itself: programs compare it.
VERSION = (2, 1, 3)


class _Alias(ModuleType):
    """The package under its old name: the same objects, but for the version."""

    VERSION = VERSION
    __version__ = ".".join(map(str, VERSION))

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.modules[PACKAGE], name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(sys.modules[PACKAGE]), *vars(self)})


class _PackageLoader(Loader):
    """Makes the package of the old name."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        import_module(PACKAGE)
        return _Alias(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass  # it looks everything up


class _ModuleLoader(Loader):
    """Gives one of the package's modules to the old name as well."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # the import system has put that of the old name there


class _Finder(MetaPathFinder):
    """Finds the old package and its modules here, so that whoever watches imports sees them."""

    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == OLD:
            return ModuleSpec(name, _PackageLoader(), origin=PACKAGE, is_package=True)
        package, _, module = name.partition(".")
        if package != OLD:
            return None
        if module not in self.modules:  # others would find its file, and execute it again
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return ModuleSpec(name, _ModuleLoader(f"{PACKAGE}.{module}"), origin=PACKAGE)


def _modules() -> frozenset[str]:
    """The names of the public modules, but for localcluster, which is for tests."""
    names = {module.name for module in pkgutil.iter_modules(import_module(PACKAGE).__path__)}
    return frozenset(name for name in names - {"localcluster"} if not name.startswith("_"))


def _before_files() -> int:
    """The place before the finder of files, and behind those that watch imports."""
    return next(
        (place for place, finder in enumerate(sys.meta_path) if finder is PathFinder),
        len(sys.meta_path),
    )


def install_as_rediscluster() -> None:
    """Let ``import rediscluster``, and its modules, mean this package from now on.

    Under that name it has the version of the client that it stands for, 2.1.3. Call it before
    anything imports the old package: if that has happened, some part of the program holds its
    classes already, and RuntimeError says so rather than run two clients side by side. To call it
    again does nothing.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    there = sys.modules.get(OLD)
    if there is not None:
        raise RuntimeError(
            f"{OLD} has been imported already, from {getattr(there, '__file__', 'somewhere')}: "
            "call install_as_rediscluster() before anything imports it"
        )
    sys.meta_path.insert(_before_files(), _Finder(_modules()))
