"""Names of parametrized tests that are the same in every process, as parallel runs need them."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """How `value` looks, without the addresses in it."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))
