"""Use cases: what happens, in which order, through which port."""
