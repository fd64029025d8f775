"""Checks who includes whom in csrc: nothing points upward, and the core knows nothing of Python.

A module of the core is x.h with x.c. It may include the modules in the rows above its own, here; so
there is no circle. The binding in csrc/python may include all of the core.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LAYERS = [
    ["error", "clock"],
    ["buffer", "guard", "wait"],
    ["crc16", "encode", "tape"],
    ["slotmap", "redirect"],
    ["options"],
    ["tls"],
    ["transport"],
    ["connection"],
    ["pool"],
    ["inquiry"],
    ["topology"],
    ["batch"],
    ["executor"],
    ["cluster"],
]
CORE = Path(__file__).resolve().parent.parent / "csrc" / "core"
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
PYTHON = re.compile(r"Python\.h|\bPy[A-Z]\w*_\w+")


def faults(path: Path, rows: dict[str, int]) -> Iterator[str]:
    text = path.read_text()
    if PYTHON.search(text):
        yield "the core must not know Python"
    if path.stem not in rows:
        yield "this module has no row in LAYERS yet"
        return
    for bracket, name in INCLUDE.findall(text):
        module = name[: -len(".h")]
        if bracket == "<" or module == path.stem:
            continue
        if module not in rows:
            yield f'"{name}" is no header of the core'
        elif rows[module] >= rows[path.stem]:
            yield f'"{name}" is not in a row above that of {path.stem}'


def main() -> int:
    rows = {module: row for row, modules in enumerate(LAYERS) for module in modules}
    found = [
        f"csrc/core/{path.name}: {fault}"
        for path in sorted(CORE.glob("*.[ch]"))
        for fault in faults(path, rows)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
