"""`max_connections`: what an instance's default parameter group allows, from its memory.

MySQL: `GREATEST(log2(mem/805306368)*45, log2(mem/8187281408)*1000)`, each log2 rounded to a whole
number first; read so, all 49 documented classes come out exactly. PostgreSQL: `LEAST(mem/9531392,
5000)` of a memory that is a few per cent less than nominal, so the documented number goes first
(facts section 11, AUG-2023:Concepts.DBInstanceClass.md).
"""

from __future__ import annotations

import math


def mysql_max_connections(memory_bytes: int) -> int:
    """The default of Aurora MySQL for an instance with this nominal memory."""
    small = round(math.log2(memory_bytes / 805_306_368)) * 45
    large = round(math.log2(memory_bytes / 8_187_281_408)) * 1_000
    return max(small, large)


def postgresql_max_connections(memory_bytes: int) -> int:
    """The formula of Aurora PostgreSQL on nominal memory: up to 13 % above what is documented."""
    return min(memory_bytes // 9_531_392, 5_000)


RULES = {
    "GREATEST(log2(memory/805306368)*45, log2(memory/8187281408)*1000), logs rounded": (
        mysql_max_connections
    ),
    "LEAST(memory/9531392, 5000), documented value first": postgresql_max_connections,
}
"""By the words of `engines.csv`."""
