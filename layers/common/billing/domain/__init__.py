"""The rules of the field. Pure: no I/O, no clock, no randomness, no AWS."""
