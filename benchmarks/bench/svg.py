"""Draws the results as one SVG picture of bar panels, two in a row.

Left the throughput of a workload, right the client CPU per command; below them memory and the
long pipelines. Bars carry their own names and values, so colour only marks this project, and
the style sheet inside follows the reader's light or dark scheme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from bench.measure import Results, median_cost, median_ratio
from bench.workloads import BY_NAME, LONG_PIPELINES, OURS

MARGIN = 24
PANEL = 450  # width of a panel with the gap to the next
NAME = 118  # room for the names before the bars
LENGTH = 180  # length of the longest bar
STEP = 22  # from bar to bar
THICK = 14
HEAD = 124  # room for the title and the columns' heads
CAPTION = 30  # room for a panel's caption
GAP = 26
LOG_FROM = 50.0  # a panel whose values differ by more is drawn on a logarithmic scale

# Plain colours first: renderers that know no media queries show the light scheme.
STYLE = """
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
.paper { fill: #ffffff; } .line { stroke: #d8dee4; }
.bar { fill: #afb8c1; } .ours { fill: #0969da; }
.title { font-size: 20px; font-weight: 600; } .caption, .strong { font-weight: 600; }
.column { font-size: 14px; font-weight: 600; fill: #0969da; } .name { text-anchor: end; }
.faint { font-size: 12px; font-weight: 400; fill: #656d76; }
.tick { font-size: 10px; fill: #656d76; text-anchor: middle; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .paper { fill: #0d1117; } .line { stroke: #30363d; }
  .bar { fill: #57606a; } .ours, .column { fill: #4493f8; } .faint, .tick { fill: #8d96a0; }
}
"""


class Bar(NamedTuple):
    name: str
    value: float
    text: str  # the value as shown
    remark: str = ""
    ours: bool = False


class Panel(NamedTuple):
    title: str
    unit: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        return CAPTION + STEP * len(self.bars) + GAP


def text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="line"/>'


def rounded(value: float) -> str:
    """Three digits, no exponent: 807,789 -> 808,000."""
    if value <= 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(value)))
    return f"{round(value, 2 - math.floor(math.log10(value))):,.{places}f}"


class Scale:
    """Values to lengths: linear from zero, or by decades from the one below the least value."""

    def __init__(self, values: Sequence[float]) -> None:
        self.most = max(values)
        self.log = self.most > LOG_FROM * min(values) > 0
        self.first = math.floor(math.log10(min(values))) if self.log else 0
        self.decades = math.ceil(math.log10(self.most)) - self.first if self.log else 0

    def length(self, value: float) -> float:
        if self.log:
            return LENGTH * (math.log10(value) - self.first) / self.decades
        return LENGTH * value / self.most

    def ticks(self) -> list[tuple[float, str]]:
        """The decades of a logarithmic scale: where they are and what they read."""
        if not self.log:
            return []
        steps = range(self.decades + 1)
        return [
            (LENGTH * step / self.decades, f"{10.0 ** (self.first + step):,.9g}") for step in steps
        ]


def draw_bar(x: float, y: float, bar: Bar, length: float) -> list[str]:
    kind, strong = ("bar ours", "strong") if bar.ours else ("bar", "")
    end = x + max(length, 1.5)
    words = f'<tspan class="{strong}">{escape(bar.text)}</tspan>'
    if bar.remark:
        words += f' <tspan class="faint">{escape(bar.remark)}</tspan>'
    return [
        text(x - 8, y + THICK - 3, bar.name, f"name {strong}"),
        f'<rect x="{x:g}" y="{y:g}" width="{end - x:.1f}" height="{THICK}" rx="2" class="{kind}"/>',
        f'<text x="{end + 6:.1f}" y="{y + THICK - 3:g}">{words}</text>',
    ]


def draw_panel(x: float, y: float, panel: Panel) -> list[str]:
    scale = Scale([bar.value for bar in panel.bars])
    unit = panel.unit + ("logarithmic scale" if scale.log else "")
    caption = f'{escape(panel.title)} <tspan class="faint">{escape(unit)}</tspan>'
    parts = [f'<text x="{x:g}" y="{y + 14:g}" class="caption">{caption}</text>']
    left, bottom = x + NAME, y + panel.height - GAP
    parts.append(line(left, y + CAPTION - 4, left, bottom))
    for at, words in scale.ticks():
        parts.append(line(left + at, bottom, left + at, bottom + 4))
        parts.append(text(left + at, bottom + 14, words, "tick"))
    for place, bar in enumerate(panel.bars):
        parts += draw_bar(left, y + CAPTION + STEP * place, bar, scale.length(bar.value))
    return parts


def compared(ratio: float, dearer: str, cheaper: str) -> str:
    """How a cost of `ratio` times this project's reads."""
    return f"{ratio:.1f}x {dearer}" if ratio >= 1 else f"{1 / ratio:.1f}x {cheaper}"


def workload_panels(name: str, results: Results) -> list[Panel]:
    samples = results.samples[name]
    ours = samples.get(OURS)
    speeds, costs = [], []
    for contender, taken in samples.items():
        slower = dearer = ""
        if ours and contender != OURS:
            slower = compared(median_ratio(taken, ours, "wall"), "slower", "faster")
            dearer = compared(median_ratio(taken, ours, "cpu"), "more", "less")
        speed, cost = 1 / median_cost(taken, "wall"), median_cost(taken, "cpu") * 1e6
        mine = contender == OURS
        speeds.append(Bar(contender, speed, rounded(speed), slower, mine))
        costs.append(Bar(contender, cost, rounded(cost), dearer, mine))
    title = BY_NAME[name].title
    return [Panel(title[0].upper() + title[1:], "", speeds), Panel("", "", costs)]


def last_panels(results: Results) -> list[Panel]:
    panels = []
    if results.memory:
        bars = [
            Bar(name, size, f"{size:.0f}", ours=name == OURS)
            for name, size in results.memory.items()
        ]
        panels.append(Panel("Memory per queued GET", "bytes, shorter is better", bars))
    bars = []
    for workload in LONG_PIPELINES:
        if workload.name in results.samples:
            cost = median_cost(results.samples[workload.name][OURS], "wall") * 1e6
            length = f"{workload.keys * workload.times:,} GETs"
            bars.append(Bar(length, cost, rounded(cost), ours=True))
    if bars:
        panels.append(Panel("Long pipelines", "\u00b5s per command, shorter is better", bars))
    return panels


def subtitle(about: dict[str, Any]) -> str:
    server = f"Redis {about['server']}, {about['masters']} masters on the same machine"
    return f"{server}; medians of {about['rounds']} interleaved rounds"


def versions(about: dict[str, Any]) -> str:
    """The contenders' versions in one line, the Python's own once."""
    parts = []
    for name, found in about["contenders"].items():
        words = [f"{k} {v}" if k != name else v for k, v in found.items() if k != "python"]
        if words:
            parts.append(f"{name} {' + '.join(words)}")
    return "; ".join(parts)


def draw(results: Results, about: dict[str, Any]) -> str:
    long = {workload.name for workload in LONG_PIPELINES}
    panels = [
        panel
        for name in results.samples
        if name not in long
        for panel in workload_panels(name, results)
    ]
    panels += last_panels(results)
    parts, y = [], HEAD
    for place in range(0, len(panels), 2):
        row = panels[place : place + 2]
        for column, panel in enumerate(row):
            parts += draw_panel(MARGIN + PANEL * column, y, panel)
        y += max(panel.height for panel in row)
    width = 2 * MARGIN + 2 * PANEL
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" '
        f'width="{width}" height="{y}" role="img" aria-label="Benchmark results">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{y}" class="paper"/>',
        text(MARGIN, 34, "rediscluster_c and its peers", "title"),
        text(MARGIN, 56, subtitle(about), "faint"),
        text(MARGIN, 74, versions(about), "faint"),
        text(MARGIN, 106, "Throughput: commands per second, longer is better", "column"),
        text(MARGIN + PANEL, 106, "Client CPU: \u00b5s per command, shorter is better", "column"),
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def write_svg(path: Path, results: Results, about: dict[str, Any]) -> None:
    path.write_text(draw(results, about), encoding="utf-8")
