"""The pool of a client's process: how many connections it keeps, for how long, and whom it lends
them to.

Its defaults are those of a pool that has no rule at all; `stack:` names a product with its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurosim.scenario.fields import (
    Duration,
    NoneOrDuration,
    PositiveDuration,
    Ratio,
    ShortForm,
    Spec,
    word,
    worded,
)
from aurosim.units import NEVER

MAX_POOL = 100_000


class ValidateSpec(Spec):
    """When a pool asks whether a connection lives before it lends it, which takes a round trip."""

    idle_longer_than: PositiveDuration = Field(
        description="Connections that nobody used for longer than this are asked."
    )


NO_QUESTION = ValidateSpec.model_construct(None, idle_longer_than=NEVER)
Validate = Annotated[
    ValidateSpec,
    *worded(
        {
            "never": NO_QUESTION,
            "always": ValidateSpec.model_construct(None, idle_longer_than=0),
        }
    ),
]
Count = Annotated[int, Field(ge=1, le=MAX_POOL)]


class PoolSpec(Spec):
    """The pool of each process. A connection goes back to it whatever it last answered, and is lent
    again, unless a key here says otherwise.
    """

    size: Count | None = Field(
        default=None,
        description="Open load: connections of each process. All are open at the "
        "start; one that was closed is opened again when a request needs it, not before. Without "
        "`client.processes` it is the total of all processes; 50 where nothing is said.",
    )
    total: Count | None = Field(
        default=None,
        description="Open load: in place of `size`, the connections of all processes together, "
        "shared out as evenly as they go.",
    )
    max_lifetime: NoneOrDuration = Field(
        default=NEVER, description="A connection older than this is closed once it is idle."
    )
    lifetime_jitter: Annotated[Ratio, Field(le=0.9)] = Field(
        default=0.0, description="A lifetime is shorter by a random part of it, up to this share."
    )
    idle_timeout: NoneOrDuration = Field(
        default=NEVER, description="A connection that nobody used for this long is closed."
    )
    validate_: Validate = Field(
        default_factory=lambda: NO_QUESTION,
        alias="validate",
        description="Whether the pool asks a connection if it lives before it lends it, and opens "
        "another in its place where it does not; `never` where it is not said.",
    )
    validate_asks: Annotated[Literal["alive", "writable"], word("alive", "writable")] = Field(
        default="alive",
        description="What the pool asks where it validates: `alive`, whether the connection lives; "
        "`writable`, whether its instance takes writes as well, so that connections to a demoted "
        "writer are replaced. The one opened in its place is not asked.",
    )
    on_read_only: Annotated[Literal["keep", "drop"], word("keep", "drop")] = Field(
        default="keep",
        description="What becomes of a connection that answered a write with the read-only error: "
        "`keep` lends it again, `drop` closes it.",
    )
    borrow_timeout: NoneOrDuration = Field(
        default=NEVER,
        description="Open load: how long a request waits for a connection before it fails.",
    )
    login_retry: Duration = Field(
        default=0,
        description="For how long after a connection could not be opened the process opens none: "
        "who needs one waits.",
    )
    reuse: Annotated[
        Literal["last_in", "first_in", "per_request"], word("last_in", "first_in", "per_request")
    ] = Field(
        default="last_in",
        description="Which idle connection is lent: `last_in`, the one that came back last; "
        "`first_in`, the one that is idle for longest; `per_request`: none, each request opens a "
        "connection and closes it.",
    )


Pool = Annotated[PoolSpec, ShortForm("size", {"type": "integer"})]
