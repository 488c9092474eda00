"""`python -m aurosim` is `aurosim`."""

from __future__ import annotations

from aurosim.cli import main

if __name__ == "__main__":
    main()
