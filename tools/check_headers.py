"""Checks the form of C headers and files, the tests' too: all things have the same place in each.

The comment at a file's head begins with the file's name; a .c file without one of its own includes
its header first, whose comment is for both. An include guard in csrc is RC_, PYTHON_ for the
binding, the file's name, and _H. The comment above a function in a header begins with the
function's name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CSRC = ROOT / "csrc"
FOLDERS = (CSRC, ROOT / "tests" / "c", ROOT / "tests" / "fuzz")

HEAD = re.compile(r"/\*\s*(?:\* )?(\w+):")
GUARD = re.compile(r"#ifndef (\w+)\n#define \1\n")
# A declaration, or the definition of an inline function, that begins a line.
FUNCTION = re.compile(r"(?m)^(?!typedef)[A-Za-z_][\w *]*?[ *](\w+)\([^;{}()]*\)\s*[;{]")
COMMENT = re.compile(r"/\*[\s*]*(\w+)(?:(?!\*/).)*\*/\s*\Z", re.DOTALL)


def head_faults(path: Path, text: str) -> Iterator[str]:
    if path.suffix == ".c" and re.match(rf'#include "\S*\b{path.stem}\.h"\n', text):
        return
    found = HEAD.match(text)
    if found is None or found[1] != path.stem:
        yield f'the comment at the head does not begin with "{path.stem}:"'


def guard_faults(path: Path, text: str) -> Iterator[str]:
    side = "PYTHON_" if path.is_relative_to(CSRC / "python") else ""
    guard = f"RC_{side}{path.stem.upper()}_H"
    found = GUARD.search(text)
    if found is None or found[1] != guard:
        yield f"the include guard is not {guard}"


def function_faults(text: str) -> Iterator[str]:
    for found in FUNCTION.finditer(text):
        comment = COMMENT.search(text[: found.start()])
        if comment is None or comment[1] != found[1]:
            yield f'no comment above {found[1]} begins with "{found[1]}"'


def faults(path: Path) -> Iterator[str]:
    text = path.read_text()
    yield from head_faults(path, text)
    if path.suffix == ".h" and path.is_relative_to(CSRC):
        yield from guard_faults(path, text)
    if path.suffix == ".h":
        yield from function_faults(text)


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}: {fault}"
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.[ch]"))
        for fault in faults(path)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
