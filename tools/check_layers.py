"""Checks who includes whom in csrc: nothing points upward, and the core knows nothing of Python.

A module of the core is x.h with x.c, and its parts if it has any. It may include the headers of the
modules in the rows above its own, here; so there is no circle. The binding may include all of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LAYERS = [
    ["error", "clock"],
    ["buffer", "guard", "hash", "health", "stats"],
    ["wait", "journal"],
    ["crc16", "encode", "node_ids", "tape"],
    ["reader"],
    ["slotmap", "redirect"],
    ["lineage", "options", "slots_reply"],
    ["greeting", "tls", "resolver"],
    ["transport"],
    ["connection"],
    ["pool", "batch"],
    ["inquiry", "lane", "session", "preference"],
    ["discovery", "reach"],
    ["topology"],
    ["refresher"],
    ["executor"],
    ["cluster"],
]
# Files that only one module uses, for itself.
PARTS = {
    "executor": ["run", "plan", "doubt", "patrol", "proof", "order", "settle"],
    "pool": ["pool_health", "pool_nodes", "pool_queue"],
    "reader": ["grammar", "reader_drop", "reader_parts"],
    "session": ["session_exchange", "session_state"],
}

CORE = Path(__file__).resolve().parent.parent / "csrc" / "core"
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
PYTHON = re.compile(r"Python\.h|\bPy[A-Z]\w*_\w+")

ROW = {module: row for row, modules in enumerate(LAYERS) for module in modules}
WHOLE = {part: module for module, parts in PARTS.items() for part in parts}


def faults(path: Path) -> Iterator[str]:
    text = path.read_text()
    if PYTHON.search(text):
        yield "the core must not know Python"
    own = WHOLE.get(path.stem, path.stem)
    if own not in ROW:
        yield "this module has no row in LAYERS yet"
        return
    for bracket, name in INCLUDE.findall(text):
        header = name[: -len(".h")]
        if bracket == "<" or WHOLE.get(header, header) == own:
            continue
        if header not in ROW:
            yield f'"{name}" is no header that this module may include'
        elif ROW[header] >= ROW[own]:
            yield f'"{name}" is not in a row above that of {own}'


def main() -> int:
    found = [
        f"csrc/core/{path.name}: {fault}"
        for path in sorted(CORE.glob("*.[ch]"))
        for fault in faults(path)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
