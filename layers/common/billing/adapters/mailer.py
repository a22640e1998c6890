"""Mail through SES."""

from typing import Any

from billing.adapters import aws

THROTTLED = {"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"}
"""What SES says of the sending rate or of the day's quota."""


class SesMailer:
    """The `Mailer` port: hands over complete MIME messages."""

    def __init__(self, sender: str, client: Any = None) -> None:
        self._sender = sender
        self._client = client

    def send(self, message: bytes, recipient: str) -> None:
        """Accepted by SES when this returns."""
        client = self._client or aws.client("sesv2")
        client.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [recipient]},
            Content={"Raw": {"Data": message}},
        )


def is_throttled(error: Exception) -> bool:
    """Whether SES refused for the rate of sending."""
    return aws.error_code(error) in THROTTLED
