"""Reads calls.txt: what its lines mean is said there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("calls.txt")
LINE = re.compile(
    r"(?P<name>(?P<method>\w+): [^|(]+?) (?:\((?P<flags>[\w ]+)\) )?\| (?P<program>.+)"
)
FLAGS = {"shape", "unordered", "client", "settled"}
MODES = ["client", "decoding client", "pipeline", "decoding pipeline"]


@dataclass(frozen=True)
class Case:
    name: str
    method: str
    flags: frozenset[str]
    program: str

    @property
    def modes(self) -> list[str]:
        return [mode for mode in MODES if "client" not in self.flags or "client" in mode]


def parse(line: str) -> Case:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{TABLE.name}: no 'method: what | statements': {line}")
    flags = frozenset((match["flags"] or "").split())
    if not flags <= FLAGS:
        raise ValueError(f"{TABLE.name}: unknown flag {sorted(flags - FLAGS)}: {line}")
    return Case(match["name"], match["method"], flags, match["program"])


def read() -> list[Case]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [parse(line) for line in lines if line and not line.startswith("#")]
