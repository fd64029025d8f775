"""Keys of several slots and of one, for tests that run the same calls on both."""

from __future__ import annotations

import pytest

# (a, b, c): the first three on different nodes of three, the others in one slot.
KEYS = [("a", "b", "c"), ("{t}a", "{t}b", "{t}c")]
both = pytest.mark.parametrize(("a", "b", "c"), KEYS, ids=["several slots", "one slot"])
