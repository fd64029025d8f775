"""Bits of strings, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import CROSS_SLOT, MODES, Case, Factory, check, named

CASES: dict[str, Case] = {
    "bitcount": [
        (lambda c: c.bitcount("k"), 0),
        (lambda c: c.set("k", "foobar"), True),
        (lambda c: c.bitcount("k"), 26),
        (lambda c: c.bitcount("k", 1, 1), 6),
    ],
    "bitcount by bits": [
        (lambda c: c.set("k", "foobar"), True),
        (lambda c: c.bitcount("k", 5, 30, "BIT"), 17),
        (lambda c: c.bitcount("k", 1, 1, mode="BYTE"), 6),
    ],
    "bitfield_ro": [
        (lambda c: c.bitfield_ro("k", "u8", 0), [0]),
        (lambda c: c.set("k", "AB"), True),
        (lambda c: c.bitfield_ro("k", "u8", 0), [65]),
        (lambda c: c.bitfield_ro("k", "u8", "#1", [("i4", 0), ["u2", 1]]), [66, 4, 2]),
    ],
    "bitpos": [
        (lambda c: c.bitpos("k", 0), 0),
        (lambda c: c.bitpos("k", 1), -1),
        (lambda c: c.setrange("k", 0, b"\x00\x7f\x00".decode()), 3),
        (lambda c: c.bitpos("k", 1), 9),
        (lambda c: c.bitpos("k", 1, 2), -1),
        (lambda c: c.bitpos("k", 0, start=1, end=1), 8),
    ],
    "bitpos by bits": [
        (lambda c: c.setrange("k", 0, b"\x00\x7f\x00".decode()), 3),
        (lambda c: c.bitpos("k", 1, 10, 15, "BIT"), 10),
    ],
    "getbit and setbit": [
        (lambda c: c.getbit("k", 7), 0),
        (lambda c: c.setbit("k", 7, 1), 0),
        (lambda c: c.setbit("k", 7, True), 1),
        (lambda c: c.getbit("k", 7), 1),
        (lambda c: c.setbit("k", 7, None), 1),
        (lambda c: c.setbit("k", 1, "x"), 0),
        (lambda c: c.get("k"), b"@"),
    ],
}
BY_BITS = ["bitcount by bits", "bitpos by bits"]

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "bitop": [
        (lambda c: c.set("{k}1", "abc"), True),
        (lambda c: c.set("{k}2", "ab"), True),
        (lambda c: c.bitop("AND", "{k}3", "{k}1", "{k}2"), 3),
        (lambda c: c.get("{k}3"), b"ab\0"),
        (lambda c: c.bitop("xor", "{k}3", "{k}1", "{k}2"), 3),
        (lambda c: c.get("{k}3"), b"\0\0c"),
        (lambda c: c.bitop("NOT", "{k}3", "{k}missing"), 0),
        (lambda c: c.exists("{k}3"), 0),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES, dict.fromkeys(BY_BITS, "7.0.0")))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("mode", CROSS_SLOT)
@pytest.mark.parametrize("name", named(CROSS_SLOT_CASES))
def test_replies_in_a_pipeline_for_many_slots(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CROSS_SLOT_CASES[name])
