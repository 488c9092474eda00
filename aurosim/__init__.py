"""aurosim simulates Amazon Aurora clusters: what their users see when things go wrong, and why.

The public names are here and arrive when first used, so that `import aurosim` costs nothing:
`run` a scenario, `check` or `load` one, list the `shipped` ones; `replicate` one, `sweep` a study,
`compare` two; `trace` one request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0.dev0"

if TYPE_CHECKING:
    from aurosim.api import Run, check, load, run, shipped, trace
    from aurosim.studies import Study, compare, replicate, sweep

__all__ = [
    "Run", "Study", "__version__", "check", "compare", "load", "replicate", "run", "shipped",
    "sweep", "trace",
]  # fmt: skip
STUDIES = ("Study", "compare", "replicate", "sweep")


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module when it is first asked for."""
    if name in STUDIES:
        from aurosim import studies

        return getattr(studies, name)
    if name in __all__:
        from aurosim import api

        return getattr(api, name)
    raise AttributeError(f"module 'aurosim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
