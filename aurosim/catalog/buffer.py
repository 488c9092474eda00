"""How much of an instance's memory caches pages, by the default parameter groups.

MySQL: `{DBInstanceClassMemory*3/4}`. PostgreSQL: `SUM({DBInstanceClassMemory/12038}, -50003)` pages
of 8 KiB, which is 66 to 68 % of memory and not the 75 % often quoted. Nominal memory is used for
both; the real DBInstanceClassMemory is a few per cent less. S17 ran with 170 GB of 244 GB (70 %).
"""

from __future__ import annotations

POSTGRESQL_PAGE_BYTES = 8_192


def mysql_buffer_bytes(memory_bytes: int) -> int:
    """The InnoDB buffer pool of Aurora MySQL."""
    return memory_bytes * 3 // 4


def postgresql_buffer_bytes(memory_bytes: int) -> int:
    """The shared buffers of Aurora PostgreSQL."""
    return (memory_bytes // 12_038 - 50_003) * POSTGRESQL_PAGE_BYTES


RULES = {
    "memory * 3/4": mysql_buffer_bytes,
    "(memory/12038 - 50003) pages of 8 KiB": postgresql_buffer_bytes,
}
"""By the words of `engines.csv`."""
