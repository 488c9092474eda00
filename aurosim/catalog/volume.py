"""The shape of every volume: plain numbers, since compiled code takes them as constants.

The entry `segment_copies` is the first of them with its source.
"""

from __future__ import annotations

COPIES = 6
"""Members of a protection group, two in each Availability Zone."""
MEMBERS_MAX = 8
"""Members of a group in a membership change (S18)."""
