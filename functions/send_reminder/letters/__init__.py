"""The mail that reminds of the end of paid time."""
