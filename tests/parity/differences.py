"""Where the two clients differ, and why: {reason: the cases}, one case a line.

A case is named as in calls.txt; behind a slash stand words of the modes in which it differs, when
that is not all of them: client, pipeline, decoding. A case that does not differ is an error.
"""

from __future__ import annotations

EXPLAINED: dict[str, str] = {}
