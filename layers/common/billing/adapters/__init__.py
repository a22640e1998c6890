"""Implementations of the ports: DynamoDB, SQS, SES, S3, secrets, HTTP events, payment providers."""
