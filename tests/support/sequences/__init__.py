"""Sequences of events, and what must hold after each.

`events` is the table of what may happen, `story` remembers what did, `truth` reads what the providers hold, and
`checks` compares that with what Goi has made of it.
"""
