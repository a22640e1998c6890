"""The one table: keys in `keys`, item mapping in `mapper`, calls in `client`, one store per group of use cases."""
