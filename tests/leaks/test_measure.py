"""The measuring itself: each kind of leak is seen, and its absence as well."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator

import pytest

from tests.leaks.measure import assert_flat

SHARED = object()
allocate = ctypes.CDLL(None).malloc
kept: list[object] = []
opened: list[int] = []


def keep_an_object() -> None:
    kept.append(object())


def keep_memory() -> None:
    allocate(8)


def keep_a_descriptor() -> None:
    opened.append(os.dup(0))


def keep_a_reference() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(SHARED))


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    kept.clear()
    while opened:
        os.close(opened.pop())


@pytest.mark.parametrize("leak", [keep_an_object, keep_memory, keep_a_descriptor, keep_a_reference])
def test_a_leak_is_seen(leak: Callable[[], None]) -> None:
    with pytest.raises(AssertionError, match="each series of 40 grows"):
        assert_flat(leak, watched=[SHARED])


def test_what_comes_and_goes_is_flat() -> None:
    assert_flat(lambda: [bytearray(5000), {str(number): number for number in range(50)}])
