"""What a client's sockets and its resolver do by themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aurosim.scenario.fields import Duration, NoneOrDuration, PositiveDuration, Spec, worded
from aurosim.units import NEVER

MAX_PROBES = 127
"""As many as Linux lets one set."""


class KeepaliveSpec(Spec):
    """TCP's keepalive: an idle connection is probed, and given up when so many are unanswered."""

    idle: PositiveDuration = Field(description="How long it is idle before the first probe.")
    interval: PositiveDuration = Field(description="The time between two probes.")
    count: Annotated[int, Field(ge=1, le=MAX_PROBES)] = Field(
        description="Unanswered probes after which the connection is dead."
    )


NO_KEEPALIVE = KeepaliveSpec.model_construct(None, idle=NEVER, interval=0, count=0)


class TcpSpec(Spec):
    """How the clients' TCP finds out that a host has gone silent. Without either, what was sent and
    not acknowledged is given up after `tcp_give_up`, and an idle connection never.
    """

    user_timeout: NoneOrDuration = Field(
        default=NEVER,
        description="How long sent data may be unacknowledged, or probes unanswered "
        "(TCP_USER_TIMEOUT).",
    )
    keepalive: Annotated[KeepaliveSpec, *worded({"none": NO_KEEPALIVE})] = Field(
        default_factory=lambda: NO_KEEPALIVE,
        description="Probes of idle connections; `none` where it is not said.",
    )


class ResolverSpec(Spec):
    """A resolver between the processes and the records, as of a host or of a virtual network."""

    shared: bool = Field(
        default=False,
        description="Whether one resolver answers all processes of the workload, from a cache of "
        "its own.",
    )
    ttl: Duration | None = Field(
        default=None,
        description="How long it keeps an answer; the records' time to live where it is not said.",
    )
