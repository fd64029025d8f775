"""Tells the results: the text tables and results.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import Results, median_cost, median_ratio, spread
from bench.targets import verdicts
from bench.workloads import BY_NAME, OURS


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Rows as lines, the first `left` columns to the left and the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


HEAD = ("", "commands/s", "us/command", "+-", "client CPU us", "+-", "time", "CPU")


def workload_table(name: str, results: Results) -> list[str]:
    """One contender a line; the last two columns tell how many times this project's cost it has."""
    rows: list[Sequence[str]] = [HEAD]
    by_contender = results.samples[name]
    ours = by_contender.get(OURS) if len(by_contender) > 1 else None
    for contender, samples in by_contender.items():
        row = [contender, f"{1 / median_cost(samples, 'wall'):,.0f}"]
        for of in ("wall", "cpu"):
            row += [f"{median_cost(samples, of) * 1e6:.2f}", f"{spread(samples, of):.0%}"]
        for of in ("wall", "cpu"):
            row.append(f"{median_ratio(samples, ours, of):.2f}x" if ours else "")
        rows.append(row)
    return ["", BY_NAME[name].title, *aligned(rows)]


def memory_table(results: Results) -> list[str]:
    rows = [(name, f"{size:.0f} bytes") for name, size in results.memory.items()]
    return ["", "memory per queued GET of a 10-byte key", *aligned(rows)]


def verdict_table(results: Results) -> list[str]:
    found = verdicts(results)
    if not found:
        return []
    rows = [("workload", "target", "measured", "")]
    rows += [(v.subject, v.target, v.measured, "met" if v.met else "MISSED") for v in found]
    return ["", "Targets", *aligned(rows, left=2)]


def text_report(results: Results) -> str:
    lines = [line for name in results.samples for line in workload_table(name, results)]
    if results.memory:
        lines += memory_table(results)
    return "\n".join(lines + verdict_table(results)) + "\n"


def write_json(path: Path, results: Results, about: dict[str, Any]) -> None:
    content = {
        "about": about,
        "samples": {
            workload: {
                contender: [sample._asdict() for sample in samples]
                for contender, samples in by_contender.items()
            }
            for workload, by_contender in results.samples.items()
        },
        "memory": results.memory,
        "targets": [verdict._asdict() for verdict in verdicts(results)],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
