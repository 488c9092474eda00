"""What every fault has, and the three kinds of place where one strikes.

A fault is one file of this folder and a line in the table `FAULTS`: a class with the word that
stands for it in a scenario (`kind`), a field of that name with what it strikes at, how it is said,
and what it does.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BeforeValidator, Field

from aurosim.scenario.faults.struck import Event, Globe, Steps, Struck
from aurosim.scenario.faults.targets import Target
from aurosim.scenario.fields import Duration, ShortForm, Spec
from aurosim.units import shown


class Fault(Spec):
    """What every fault has."""

    kind: ClassVar[str]
    at: Duration = Field(description="When it strikes, counted from the start of the run.")

    @property
    def target(self) -> Any:
        """The mapping under the fault's own word."""
        return getattr(self, self.kind)

    @property
    def subject(self) -> str:
        """Whom it names, as its event tells it."""
        named: Target = self.target
        return named.subject

    @property
    def cause(self) -> str:
        """What events name as the reason."""
        return self.kind

    def objections(self) -> Iterator[str]:
        """What is wrong with it by itself, as sentences that go on after its word."""
        yield from ()


class ClusterFault(Fault):
    """Strikes at one cluster, whatever it is to a global database."""

    @abstractmethod
    def strike(self, cluster: Struck, event: Event) -> Steps:
        """What it does, until it is over."""


class PrimaryFault(ClusterFault):
    """Strikes only where there is a writer and copies are told apart: in vain at a secondary."""

    not_of_a_secondary: ClassVar[str] = (
        "copies of a secondary's volume are not modelled one by one. Name the primary."
    )
    """Why."""


class GlobalFault(Fault):
    """Strikes at regions, of which there must be two."""

    why_late: ClassVar[str] = ""
    """Why a secondary lags meanwhile, where it does."""

    @abstractmethod
    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """What it does to the cluster of a number, until it is over."""


def said(form: str, *short: ShortForm) -> tuple[Any, ...]:
    """How a fault is said, and in short if it can be: the marks of the field of its word.

    A fault for which nothing is said, or too little, is told how it is said.
    """

    def validate(value: Any) -> Any:
        if value is None or value is True:
            raise ValueError(f"says nothing. Say {form}.")
        if not short and isinstance(value, (str, int, float, list)):
            raise ValueError(f"is {shown(value)}; it must be a mapping. Say {form}.")
        return value

    return (*short, BeforeValidator(validate))
