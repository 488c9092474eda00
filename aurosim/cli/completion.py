"""What a shell offers when Tab is pressed: names of shipped scenarios and studies.

Where none begins like that, the shell offers files, as it does by itself.
"""

from __future__ import annotations


def scenarios(incomplete: str) -> list[str]:
    """Shipped scenarios that begin with what is typed."""
    from aurosim.scenario.shipped import shipped

    return [name for name in shipped() if name.startswith(incomplete)]


def studies(incomplete: str) -> list[str]:
    """Shipped studies that begin with what is typed. `aurosim.study` would load numpy for it."""
    from aurosim.scenario.shipped import studies_folder

    names = sorted(path.stem for path in studies_folder().glob("*.yaml"))
    return [name for name in names if name.startswith(incomplete)]
