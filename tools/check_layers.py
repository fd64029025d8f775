"""Checks who includes whom in csrc: nothing points upward, and the core knows nothing of Python.

Who imports whom in the package is checked by package_layers, which this program runs as well.

A module of the core is x.h with x.c, and its parts if it has any. It may include the headers of the
modules in the rows before its own; so there is no circle. The binding may include all of them, and
has an order of its own, by folders.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from package_layers import all_faults  # type: ignore[import-not-found] # beside this program

# Rows of modules, lowest first. The modules of a folder stand together, so folders are layers too.
LAYERS = [
    ["base/error", "base/clock", "base/node_set"],
    ["base/buffer", "base/fork_lock", "base/hash", "base/host", "base/stats", "base/crc16"],
    ["base/options"],
    ["resp/encode", "resp/reply_tree"],
    ["resp/reader"],
    ["net/call", "net/tls", "net/resolver", "net/handshake"],
    ["net/wait"],
    ["net/transport"],
    ["net/connection"],
    ["pool/health", "pool/event_queue", "pool/waiters"],
    ["pool/pool"],
    ["session/session"],
    ["topology/node_ids"],
    ["topology/slotmap"],
    [
        "topology/address_map",
        "topology/candidates",
        "topology/lineage",
        "topology/slots_reply",
        "topology/probe",
        "topology/read_routing",
    ],
    ["topology/slot_discovery", "topology/reachability"],
    ["topology/topology"],
    ["topology/topology_fetch"],
    ["topology/maintenance"],
    ["execution/batch", "execution/redirect"],
    ["execution/node_stream"],
    ["execution/executor"],
    ["cluster"],
]
# Files that only one module uses, for itself.
PARTS = {
    "resp/reader": ["line_parser", "reader_skip", "reader_internal"],
    "pool/pool": ["node_health", "nodes"],
    "session/session": ["session_exchange", "session_internal"],
    "execution/executor": [
        "execution",
        "route",
        "doubt",
        "failover_watch",
        "refusal_check",
        "ordering",
        "retry",
    ],
}

# The folders of the binding, lowest first. A file may include headers of its own folder and of
# those before. The .c files of types/ stand above all folders: a type's table of methods names what
# runs them. Its headers, which lay out the objects, stand below run/.
FOLDERS = ["base", "reply", "table", "types", "run"]

CSRC = Path(__file__).resolve().parent.parent / "csrc"
CORE = CSRC / "core"
BINDING = CSRC / "python"
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
PYTHON = re.compile(r"Python\.h|\bPy[A-Z]\w*_\w+")

ROW = {module: row for row, modules in enumerate(LAYERS) for module in modules}
WHOLE = {
    f"{module.rpartition('/')[0]}/{part}": module
    for module, parts in PARTS.items()
    for part in parts
}


def faults(path: Path) -> Iterator[str]:
    text = path.read_text()
    if PYTHON.search(text):
        yield "the core must not know Python"
    name = path.relative_to(CORE).with_suffix("").as_posix()
    own = WHOLE.get(name, name)
    if own not in ROW:
        yield "this module has no row in LAYERS yet"
        return
    for bracket, included in INCLUDE.findall(text):
        if bracket == "<":
            continue
        folder, _, header = included.removesuffix(".h").partition("/")
        if WHOLE.get(header, header) == own:
            continue
        if folder != "core" or header not in ROW:
            yield f'"{included}" is no header that this module may include'
        elif ROW[header] >= ROW[own]:
            yield f'"{included}" is not in a row before that of {own}'


def is_top(path: Path) -> bool:
    """module.c, or a type."""
    return path.suffix == ".c" and path.parent in (BINDING, BINDING / "types")


def binding_faults(path: Path) -> Iterator[str]:
    if is_top(path):
        return
    folder = path.parent.relative_to(BINDING).as_posix()
    if folder not in FOLDERS:
        yield "this folder has no place in FOLDERS yet"
        return
    for bracket, included in INCLUDE.findall(path.read_text()):
        side, _, header = included.partition("/")
        other = header.rpartition("/")[0]
        below = other in FOLDERS and FOLDERS.index(other) <= FOLDERS.index(folder)
        if bracket == '"' and side == "python" and not below:
            yield f'"{included}" is not in {folder}/ or a folder before it'


def main() -> int:
    found = [
        f"{path.relative_to(CSRC.parent)}: {fault}"
        for side, check in ((CORE, faults), (BINDING, binding_faults))
        for path in sorted(side.rglob("*.[ch]"))
        for fault in check(path)
    ]
    found += all_faults(CSRC.parent)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
