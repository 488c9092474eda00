"""aurosim simulates Amazon Aurora clusters: what their users see when things go wrong, and why.

The public names are here and arrive when first used, so that `import aurosim` costs nothing:
`run` a scenario, `check` or `load` one, list the `shipped` ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0.dev0"

if TYPE_CHECKING:
    from aurosim.api import Run, check, load, run, shipped

__all__ = ["Run", "__version__", "check", "load", "run", "shipped"]


def __getattr__(name: str) -> Any:
    """Fetch a public name from `aurosim.api` when it is first asked for."""
    if name in __all__:
        from aurosim import api

        return getattr(api, name)
    raise AttributeError(f"module 'aurosim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
