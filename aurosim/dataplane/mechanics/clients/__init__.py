"""Clients: they send, wait, give up, wait a little, and try again.

From the bottom up: `requests` counts them, `slots` is a connection of a pool with the request that
uses it, `names` is the resolver's cache, `connection` opens and closes, `pool` lends connections,
`attempt` is a request's way from its first statement to its end, `arrivals` is the open load. What
a driver decides is in `drivers`.

A function here that ends in "returns when its slot sends next" (NEVER: not now) is part of a loop:
a rule may not call in circles, so whoever asked sends (`loop.answer`).
"""
