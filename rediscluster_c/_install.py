"""install_as_rediscluster(): this package under the old one's name, for code as it is."""

from __future__ import annotations

import importlib
import pkgutil
import sys

OLD = "rediscluster"


def install_as_rediscluster() -> None:
    """Let ``import rediscluster``, and its modules, mean this package from now on.

    Call it before anything imports the old package: if that has happened, some part of the program
    holds its classes already, and RuntimeError says so rather than run two clients side by side.
    To call it again does nothing.
    """
    package = importlib.import_module(__package__ or "rediscluster_c")
    there = sys.modules.get(OLD)
    if there is not None and there is not package:
        raise RuntimeError(
            f"{OLD} has been imported already, from {getattr(there, '__file__', 'somewhere')}: "
            "call install_as_rediscluster() before anything imports it"
        )
    sys.modules[OLD] = package
    for module in pkgutil.iter_modules(package.__path__):
        # localcluster is for tests, and brings along what no client needs.
        if not module.name.startswith("_") and module.name != "localcluster":
            found = importlib.import_module(f"{package.__name__}.{module.name}")
            sys.modules[f"{OLD}.{module.name}"] = found
