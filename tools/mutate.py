"""Changes the core's decisions one at a time, and names the changes that no C test notices.

A mutant is one file with one line changed: a condition flipped, a comparison off by one, a
statement dropped. It is linked with the other objects of the plain C tests into the programs that
concern the file; it survives if all of them pass. Which survivors are equivalent a reader decides.

    tools/mutate.py                 all files of PROGRAMS
    tools/mutate.py retry --most 50 one file, at most 50 mutants spread evenly over it
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "c" / "plain"
WORK = ROOT / "build" / "mutants"
EXECUTION = "csrc/core/execution"
# The programs that concern a file, the quick ones first: the first that fails ends the mutant.
PROGRAMS = {
    "retry": ["retry", "retry_losses", "executor", "doubt", "failover"],
    "ordering": ["ordering", "retry", "retry_losses", "route", "executor"],
    "route": ["route", "retry_losses"],
    "redirect": ["redirect", "retry"],
    "refusal_check": ["refusal_check", "retry", "executor"],
}
SWAPS = [
    (r" == ", " != "),
    (r" != ", " == "),
    (r" <= ", " < "),
    (r" >= ", " > "),
    (r" < ", " <= "),
    (r" > ", " >= "),
    (r" && ", " || "),
    (r" \|\| ", " && "),
    (r"\bif \((.*)\) \{$", r"if (!(\1)) {"),
    (r" \+ 1\b", ""),
    (r" - 1\b", ""),
    (r"\breturn true;", "return false;"),
    (r"\breturn false;", "return true;"),
]
# A statement that stands whole on its line and does not declare: dropped.
STATEMENT = re.compile(r"^\s+(?:[\w.>\[\]-]+(?: [|&+-]?= |\+\+;)|\w+\().*;(?: /\*.*\*/)?$")
SECONDS = 20


def mutants(line: str) -> Iterator[str]:
    code = line.split("/*")[0]
    if line.lstrip().startswith(("*", "/*", "#", "static const", "CHECK")):
        return
    for pattern, to in SWAPS:
        for found in re.finditer(pattern, code):
            yield line[: found.start()] + found.expand(to) + line[found.end() :]
    if STATEMENT.match(line) and not line.lstrip().startswith(("return", "case", "rc_free")):
        yield ""


def all_mutants(lines: list[str]) -> list[tuple[int, str]]:
    depth, found = 0, []
    for number, line in enumerate(lines):
        if depth > 0 and line != "}":
            found += [(number, changed) for changed in mutants(line)]
        depth += line.count("{") - line.count("}")
    return found


def command_of(name: str) -> tuple[list[str], list[str]]:
    """How make compiles the file, and how it links a program, read from make itself."""
    source = ROOT / EXECUTION / f"{name}.c"
    program = f"test_{PROGRAMS[name][0]}"
    made = subprocess.run(
        ["make", "-n", "-f", "tools/ctests.mk", "-W", str(source.relative_to(ROOT)), "plain"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    compiled = next(line for line in made if line.endswith(f"{EXECUTION}/{name}.c"))
    linked = next(line for line in made if f"-o build/c/plain/{program} " in line)
    return compiled.split(), linked.split()


def runs(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(name: str, text: str, compiled: list[str], linked: list[str]) -> bool | None:
    """None: it does not compile."""
    source, made = WORK / f"{name}.c", WORK / f"{name}.o"
    source.write_text(text)
    at = compiled.index("-o")
    flags = [flag for flag in compiled[:at] if flag not in ("-MMD", "-MP")]
    if not runs([*flags, "-w", "-o", str(made), str(source)]):
        return None
    own = f"build/c/plain/obj/{EXECUTION}/{name}.o"
    first = f"test_{PROGRAMS[name][0]}"
    for program in PROGRAMS[name]:
        link = [word.replace(first, f"test_{program}") for word in linked]
        link = [str(made) if word == own else word for word in link]
        link[link.index("-o") + 1] = str(WORK / "program")
        if not runs(link):
            raise SystemExit(f"test_{program} cannot be linked")
        if not runs([str(WORK / "program")]):
            return False
    return True


def examine(name: str, most: int) -> tuple[int, int]:
    lines = (ROOT / EXECUTION / f"{name}.c").read_text().splitlines()
    chosen = all_mutants(lines)
    step = max(1, -(-len(chosen) // most))
    compiled, linked = command_of(name)
    tried = left = 0
    for number, changed in chosen[::step]:
        text = "\n".join([*lines[:number], changed, *lines[number + 1 :], ""])
        outcome = survives(name, text, compiled, linked)
        tried += outcome is not None
        if outcome:
            left += 1
            print(f"{name}.c:{number + 1}: {lines[number].strip()}")
            print(f"    -> {changed.strip() or '(dropped)'}", flush=True)
    return tried, left


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="*", metavar="file", help=f"of {', '.join(PROGRAMS)}")
    parser.add_argument("--most", type=int, default=1000, help="mutants of each file")
    asked = parser.parse_args()
    subprocess.run(["make", "-s", "-f", "tools/ctests.mk", "plain"], cwd=ROOT, check=True)
    WORK.mkdir(parents=True, exist_ok=True)
    for name in asked.files or PROGRAMS:
        tried, left = examine(name, asked.most)
        print(f"{name}.c: {tried} mutants, {left} survived", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
