"""Drivers: what the library between an application and its connections decides; a file each.

The contract is three rules, asked by `clients`:

- ``where(S, x, now)``: the instance to which slot x opens a connection now;
- ``failed(S, x, now)``: what becomes of the connection after an attempt that failed;
- ``wait_ns(S, x)``: how long the slot waits after a failed attempt before it goes on.
"""
