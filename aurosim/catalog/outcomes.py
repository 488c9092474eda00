"""How a statement can end: the error words, what they mean, and what each engine calls them.

One line here, and the rule that ends a statement so: the results, the schema, the pages, the
figures and the words of a trace follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

MYSQL, POSTGRESQL = "aurora-mysql", "aurora-postgresql"
MANUALS = "MySQL 8.0 Error Reference; PostgreSQL documentation, Appendix A"
NO_CODES: Mapping[str, str] = MappingProxyType({})


class Outcome(IntEnum):
    """How a statement ended for its client. The names are the error words of summary.json.

    `meaning` says it on the page of the results, `told` in the story of a request. `codes` are the
    engines' own; an engine without one borrows it (`engines.csv`, `like`).
    """

    meaning: str
    told: str
    codes: Mapping[str, str]
    status: str
    note: str

    def __new__(
        cls,
        number: int,
        meaning: str = "it succeeded",
        told: str = "it succeeded",
        codes: Mapping[str, str] = NO_CODES,
        status: str = "assumption",
        note: str = "",
    ) -> Outcome:
        """One member with its words."""
        found = int.__new__(cls, number)
        found._value_ = number
        found.meaning, found.told, found.codes = meaning, told, codes
        found.status, found.note = status, note
        return found

    @property
    def word(self) -> str:
        """The error word."""
        return self.name.lower()

    @property
    def source(self) -> str:
        """Where the codes are from."""
        return MANUALS if MYSQL in self.codes and self.codes[MYSQL].isdigit() else "aurosim"

    OK = 0
    CLIENT_QUEUE_FULL = (
        1,
        "the client's own waiting room was full",
        "the pool's waiting room is full",
        {MYSQL: "pool", POSTGRESQL: "pool"},
        "assumption",
        "No server is asked: the waiting room of the client's own pool is full.",
    )
    CONNECT_TIMEOUT = (
        2,
        "opening a connection took longer than connect_timeout",
        "no connection came within the client's connect timeout",
        {MYSQL: "2003", POSTGRESQL: "08001"},
        "assumption",
        "The client's timer; drivers use the word for cannot connect.",
    )
    STATEMENT_TIMEOUT = (
        3,
        "a statement took longer than statement_timeout",
        "no answer came within the client's statement timeout",
        {MYSQL: "2013", POSTGRESQL: "08006"},
        "assumption",
        "The client's timer; the driver closes the connection and the statement runs on in the "
        "server.",
    )
    CONNECTION_RESET = (
        4,
        "the connection broke under a statement that was no COMMIT",
        "the connection was reset",
        {MYSQL: "2013", POSTGRESQL: "57P01"},
        "assumption",
        "The session died with its server: lost connection; admin_shutdown. A dead host gives no "
        "code at all until a timeout.",
    )
    CONNECTION_REFUSED = (
        5,
        "the host is there, the database process is not",
        "no database process listens (connection refused)",
        {MYSQL: "2003", POSTGRESQL: "08001"},
        "assumption",
        "Nobody listens: cannot connect; unable to establish.",
    )
    TOO_MANY_CONNECTIONS = (
        6,
        "the instance is at max_connections",
        "too many connections",
        {MYSQL: "1040", POSTGRESQL: "53300"},
        "sourced",
        "max_connections reached.",
    )
    READ_ONLY = (
        7,
        "a write reached an instance that is not the writer",
        "this instance is read-only: it is not the writer (any more)",
        {MYSQL: "1290", POSTGRESQL: "25006"},
        "sourced",
        "A write reached a reader.",
    )
    UNAVAILABLE = (
        8,
        "the process listens, the database is not open",
        "the database is not open yet",
        {MYSQL: "1053", POSTGRESQL: "57P03"},
        "assumption",
        "The server is there and does not serve yet or any more: shutdown in progress; "
        "cannot_connect_now.",
    )
    UNKNOWN_OUTCOME = (
        9,
        "a COMMIT was sent and its answer never came",
        "the commit was sent and never answered: it may hold or not",
        {MYSQL: "2013", POSTGRESQL: "08007"},
        "assumption",
        "A COMMIT was sent and its reply never came. MySQL has no word of its own; "
        "transaction_resolution_unknown.",
    )
    VOLUME_FULL = (
        10,
        "a write needed space that the volume did not have",
        "the volume is full",
        {MYSQL: "1114", POSTGRESQL: "53100"},
        "assumption",
        "The words for a full disk: record_file_full; disk_full.",
    )
    POOL_TIMEOUT = (
        11,
        "no connection of the client's own pool came free within pool.borrow_timeout",
        "its pool had no connection for it within the borrow timeout",
        {MYSQL: "pool", POSTGRESQL: "pool"},
        "assumption",
        "No server is asked: the pool of the client's process lends none in time.",
    )
    CONNECTION_TIMED_OUT = (
        12,
        "a host went silent, and the client's TCP gave the connection up",
        "the client's TCP gave up: its host has gone silent",
        {MYSQL: "2013", POSTGRESQL: "08006"},
        "assumption",
        "What was sent is not acknowledged, or probes of keepalive stay unanswered: ETIMEDOUT.",
    )


ERRORS = tuple(each for each in Outcome if each is not Outcome.OK)
"""All ways to fail."""
