"""How a node's bytes travel: whole, in slices, with a pause, or cut off at a chosen byte.

Positions count from the moment they are set, over all connections of the node, and each is
used once; so a test arms one and then runs the conversation that it wants to see disturbed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator


class After(enum.Enum):
    """What follows a piece of output."""

    GO_ON = "go on"
    PAUSE = "pause"
    CUT = "cut"


class Flow:
    """The disturbances of one node; used on the server's thread alone."""

    def __init__(self) -> None:
        self.pause = 0.002
        self.calm()

    def calm(self) -> None:
        """Let everything pass from now on."""
        self.slice_size: int | None = None
        self._pause_out: int | None = None
        self._cut_out: int | None = None
        self._cut_in: int | None = None

    def pause_output_after(self, count: int) -> None:
        """Let `count` bytes go, wait so that the peer reads them alone, then go on."""
        self._pause_out = count

    def cut_output_after(self, count: int) -> None:
        """Let `count` bytes go, then drop the connection that would write the next."""
        self._cut_out = count

    def cut_input_after(self, count: int) -> None:
        """Read `count` bytes, answer what is complete, drop the connection of the last byte."""
        if count < 1:
            raise ValueError("a cut of the input needs at least one byte")
        self._cut_in = count

    def output(self, data: bytes) -> Iterator[tuple[bytes, After]]:
        """The pieces in which `data` goes out."""
        at = 0
        while at < len(data):
            end, after = self._next_stop(at, len(data))
            yield data[at:end], after
            at = end

    def input_limit(self, limit: int) -> int:
        """How many bytes may be read now."""
        return limit if self._cut_in is None else min(limit, self._cut_in)

    def input_taken(self, count: int) -> bool:
        """Count what was read; True when the connection is to be dropped here."""
        if self._cut_in is None:
            return False
        self._cut_in -= count
        if self._cut_in > 0:
            return False
        self._cut_in = None
        return True

    def _next_stop(self, at: int, end: int) -> tuple[int, After]:
        after = After.GO_ON
        if self.slice_size is not None and at + self.slice_size < end:
            end, after = at + self.slice_size, After.PAUSE
        if self._pause_out is not None and at + self._pause_out < end:
            end, after = at + self._pause_out, After.PAUSE
        if self._cut_out is not None and at + self._cut_out < end:
            end, after = at + self._cut_out, After.CUT
        self._count(end - at, after)
        return end, after

    def _count(self, count: int, after: After) -> None:
        if self._pause_out is not None:
            self._pause_out = self._pause_out - count if self._pause_out > count else None
        if self._cut_out is not None:
            self._cut_out = None if after is After.CUT else self._cut_out - count
