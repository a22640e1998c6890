"""Keeping the endpoints that events are sent to, from the command line."""
