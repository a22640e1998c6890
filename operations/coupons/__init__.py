"""Coupons on the command line, over the HTTP API: docs/commerce.md."""
