"""What this project demands of its template, as rules of cfn-lint. `make lint` and the tests run them."""
