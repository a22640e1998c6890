"""Figures of the functions: cold starts, modules loaded, requests to DynamoDB. `python -m bench` prints them."""
