"""The exceptions inbox on the command line, over the HTTP API: docs/exceptions.md."""
