"""What all tests share: Hypothesis draws the same examples on every machine and every day, and
Ctrl-C is heard even where the shell that started the tests in the background had it ignored."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("aurosim", derandomize=True, deadline=None, database=None)
settings.load_profile("aurosim")

# A shell that starts the tests in the background has them ignore Ctrl-C, `nohup` a lost terminal;
# and so would every command that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
