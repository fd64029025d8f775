"""How a node's bytes travel: whole, in slices, with a pause, or cut off or held at a chosen byte.

Positions count from the moment they are set, over all connections of the node, and each is
used once; so a test arms one and then runs the conversation that it wants to see disturbed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator


class After(enum.Enum):
    """What follows some bytes."""

    GO_ON = "go on"
    PAUSE = "pause"
    CUT = "cut"
    STALL = "stall"


class Flow:
    """The disturbances of one node; used on the server's thread alone."""

    def __init__(self) -> None:
        self.pause = 0.002
        self.calm()

    def calm(self) -> None:
        """Let everything pass from now on."""
        self.slice_size: int | None = None
        self._pause_out: int | None = None
        self._end_out: int | None = None
        self._end_in: int | None = None
        self._end = After.CUT

    @property
    def used(self) -> bool:
        """Whether the last cut or stall that was wanted has come about."""
        return self._end_out is None and self._end_in is None

    def pause_output_after(self, count: int) -> None:
        """Let `count` bytes go, wait so that the peer reads them alone, then go on."""
        self._pause_out = count

    def cut_output_after(self, count: int) -> None:
        """Let `count` bytes go, then drop the connection that would write the next."""
        self._end_out, self._end = count, After.CUT

    def stall_output_after(self, count: int) -> None:
        """Let `count` bytes go, then leave the connection as it is, for ever."""
        self._end_out, self._end = count, After.STALL

    def cut_input_after(self, count: int) -> None:
        """Read `count` bytes, answer what is complete, drop the connection of the last byte."""
        self._end_input(count, After.CUT)

    def stall_input_after(self, count: int) -> None:
        """Read `count` bytes, answer what is complete, and read nothing more on that connection."""
        self._end_input(count, After.STALL)

    def output(self, data: bytes) -> Iterator[tuple[bytes, After]]:
        """The pieces in which `data` goes out."""
        at = 0
        while at < len(data):
            end, after = self._next_stop(at, len(data))
            yield data[at:end], after
            at = end

    def input_limit(self, limit: int) -> int:
        """How many bytes may be read now."""
        return limit if self._end_in is None else min(limit, self._end_in)

    def input_taken(self, count: int) -> After:
        """Count what was read, and say what follows."""
        if self._end_in is None:
            return After.GO_ON
        self._end_in -= count
        if self._end_in > 0:
            return After.GO_ON
        self._end_in = None
        return self._end

    def _end_input(self, count: int, end: After) -> None:
        if count < 1:
            raise ValueError("an end of the input needs at least one byte")
        self._end_in, self._end = count, end

    def _next_stop(self, at: int, end: int) -> tuple[int, After]:
        after = After.GO_ON
        if self.slice_size is not None and at + self.slice_size < end:
            end, after = at + self.slice_size, After.PAUSE
        if self._pause_out is not None and at + self._pause_out < end:
            end, after = at + self._pause_out, After.PAUSE
        if self._end_out is not None and at + self._end_out < end:
            end, after = at + self._end_out, self._end
        self._count(end - at, after)
        return end, after

    def _count(self, count: int, after: After) -> None:
        if self._pause_out is not None:
            self._pause_out = self._pause_out - count if self._pause_out > count else None
        if self._end_out is not None:
            ends = after in (After.CUT, After.STALL)
            self._end_out = None if ends else self._end_out - count
