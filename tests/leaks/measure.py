"""What a process holds: Python's objects, the C heap to the byte, and file descriptors.

Work that leaks something at each repetition grows in every series of repetitions, but for one that
happens to be hidden by what another part of the process gives back. Work that does not leak is flat
when caches are full: in two of several series at least.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from array import array
from collections.abc import Callable, Sequence

SERIES = 10
FLAT = 2


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
        ).split()
    ]


PROGRAM = ctypes.CDLL(None)
SANITIZED = hasattr(PROGRAM, "__sanitizer_get_current_allocated_bytes")

# The interpreter's cache of methods goes by the address of a name and keeps the name; without this
# it fills slowly where addresses are not used again, as under AddressSanitizer.
_CLEAR = "_clear_internal_caches" if hasattr(sys, "_clear_internal_caches") else "_clear_type_cache"
_empty_cache: Callable[[], object] = getattr(sys, _CLEAR)


def _fill_thread_cache() -> None:
    """glibc counts what a thread keeps for small allocations: always let it keep the most."""
    for size in range(24, 1040, 16):
        for chunk in [PROGRAM.malloc(size) for _ in range(8)]:
            PROGRAM.free(chunk)


def heap_bytes() -> int:
    """What malloc has given out: that of AddressSanitizer, if it is here, or glibc's."""
    if SANITIZED:
        return int(PROGRAM.__sanitizer_get_current_allocated_bytes())
    _fill_thread_cache()
    info = PROGRAM.mallinfo2()
    return int(info.uordblks + info.hblkhd)


if SANITIZED:
    PROGRAM.__sanitizer_get_current_allocated_bytes.restype = ctypes.c_size_t
else:
    PROGRAM.mallinfo2.restype = _Mallinfo
    PROGRAM.malloc.restype = ctypes.c_void_p
    PROGRAM.free.argtypes = [ctypes.c_void_p]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Gauge:
    """Measures before and after; keeps its numbers where measuring allocates nothing that stays."""

    def __init__(self, watched: Sequence[object]) -> None:
        self._watched = watched
        self._before = array("q", [0] * (3 + len(watched)))
        self._after = array("q", self._before)

    def _read(self, numbers: array[int]) -> None:
        _empty_cache()
        gc.collect()
        for place, thing in enumerate(self._watched, 3):
            numbers[place] = sys.getrefcount(thing)
        numbers[2] = descriptors()
        numbers[1] = heap_bytes()
        numbers[0] = sys.getallocatedblocks()

    def growth(self, work: Callable[[], object], times: int) -> list[int]:
        """Of blocks, heap, descriptors and references, over so many repetitions."""
        self._read(self._before)
        for _ in range(times):
            work()
        self._read(self._after)
        return [after - before for before, after in zip(self._before, self._after)]


def is_flat(growth: Sequence[int], times: int) -> bool:
    """Not even half a block, byte or reference for each repetition, and no descriptor."""
    return 2 * max(growth) < times and growth[2] <= 0


def assert_flat(
    work: Callable[[], object], times: int = 40, watched: Sequence[object] = ()
) -> None:
    """Fail if each repetition of `work` leaves something behind, or a reference to `watched`."""
    work()
    gauge = Gauge(watched)
    series: list[list[int]] = []
    gc.collect()
    gc.freeze()  # what is there already need not be looked through again and again
    try:
        while sum(is_flat(growth, times) for growth in series) < FLAT:
            assert len(series) < SERIES, f"each series of {times} grows: {series}"
            series.append(gauge.growth(work, times))
    finally:
        gc.unfreeze()
