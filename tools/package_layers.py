"""Checks who imports whom in rediscluster_c: every import leads to a row before its own.

Imports inside functions count, and so do those for type checkers. The extension module _core and
the package's own __init__, which imports everything, stand outside of the order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "rediscluster_c"

# Rows of modules, lowest first.
ROWS = [
    "_safe_repr _interop.redis_py _interop.monkey_patching _legacy.module_names _legacy.install",
    "_commands.parsing _commands.queued _copies _testing.server",
    "exceptions localcluster _legacy.connection_classes",
    "_nodes crc events",
    "_commands.clients _commands.command_docs _commands.diagnosis _commands.keys _commands.merges",
    "_commands.scripting _commands.sentinels _commands.server _commands.streams _commands.vectors",
    "_commands.acl _commands.cluster _commands.server_arguments",
    "_commands.arguments _commands.replies",
    "_options.checks",
    "_options.aliases _options.urls",
    "utils _legacy.pool_methods _legacy.command_tables",
    "nodemanager",
    "connection",
    "_retry bitfield script",
    "lock",
    "_commands.node_api",
    "_commands.helpers _commands.command_info _commands.target_nodes",
    "_commands.management _legacy.client_methods",
    "_pubsub.connections",
    "monitor pubsub",
    "_scan.patience _scan.views",
    "_scan.elements _scan.keyspace",
    "_scan",
    "client",
    "pipeline",
    "transaction",
    "_commands.cross_slot.steps",
    "_commands.cross_slot.hyperloglog _commands.cross_slot.keys",
    "_commands.cross_slot.lists _commands.cross_slot.sets",
    "_commands.cross_slot",
]
# What leads upward: (importer, imported).
UPWARD = {
    ("client", "pipeline"),  # a client makes pipelines, and a pipeline is a client
    ("client", "transaction"),
    ("nodemanager", "connection"),  # a pool shows a NodeManager; one made by itself makes a pool
    ("_commands.helpers", "client"),  # for type checkers: their public attributes are RedisCluster
    ("bitfield", "client"),
    ("lock", "client"),
    ("script", "client"),
}
# Folders whose __init__ holds a docstring and nothing else.
FOLDERS = {"_commands", "_interop", "_legacy", "_options", "_pubsub", "_testing"}

_ROW = {module: row for row, modules in enumerate(ROWS) for module in modules.split()}


def _imported(tree: ast.AST) -> Iterator[str]:
    """The modules, and what may be one, below the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(name: str) -> str | None:
    """The module of the package that an imported name is, or is in; None for the outside."""
    first, _, rest = name.partition(".")
    if first != PACKAGE:
        return None
    while rest and rest not in _ROW:
        rest = rest.rpartition(".")[0]
    return rest or None


def package_faults(name: str, text: str) -> Iterator[str]:
    """What is wrong with the imports of one module: *name* as in ROWS, and its source."""
    if name not in _ROW:
        if name not in FOLDERS:
            yield "this module has no row in ROWS yet"
        return
    modules = map(_module, _imported(ast.parse(text)))
    for module in sorted({module for module in modules if module is not None} - {name}):
        if _ROW[module] >= _ROW[name] and (name, module) not in UPWARD:
            yield f"{module} is not in a row before that of {name}"


def all_faults(root: Path) -> Iterator[str]:
    """Faults of all modules of the package, each with its file."""
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            yield from (
                f"{path.relative_to(root)}: {fault}"
                for fault in package_faults(name, path.read_text())
            )
