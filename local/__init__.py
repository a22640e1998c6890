"""The whole system on one machine: what template.yaml describes, run without AWS (`make run`, `make demo`)."""
