"""API Gateway's HTTP API events (payload format 2.0) in, answers and problem documents out."""
