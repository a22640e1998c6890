"""The shop and all providers in one process: buyers pay at the simulators, whose webhooks reach the function."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from billing.adapters import aws
from local.attempts import Attempts
from local.simulators.base import Choice, Outcome, Sent, Webhook
from tests.support.shop import TABLE, Shop, open_shop
from tests.support.street import Message, Street, settings, street


@dataclass(frozen=True, slots=True)
class Market:
    """Both sides. What buyers do at a provider's page is `pay`."""

    shop: Shop
    street: Street
    attempts: Attempts

    def pay(
        self,
        payment: Mapping[str, Any],
        outcome: Outcome = "success",
        webhook: Webhook = "normal",
        amount: int | None = None,
    ) -> Sent:
        """The payment ends so; what the provider sent, and our answer to it."""
        attempt = self.attempts.by_id(payment["id"])
        assert attempt
        return self.street.simulators[attempt.provider].settle(attempt, Choice(outcome, webhook, amount))

    def deliver(self, message: Message) -> Sent:
        """The function's answer to a webhook, as its sender sees it."""
        answer = self.shop.functions["payment_webhook"].handler(message.event(), None)
        body = answer["body"]
        return Sent(1, answer["statusCode"], json.loads(body) if body else "")


@contextmanager
def market(credentials: Mapping[str, str] | None = None) -> Iterator[Market]:
    """A market with fresh state, every provider switched on.

    The simulators look attempts up by a client of their own, which no meter counts.
    """
    with open_shop(**settings()) as shop:
        attempts = Attempts(boto3.client("dynamodb"), TABLE)
        with street(credentials, shop.clock, attempts.by_reference) as providers:
            secret = json.dumps(providers.credentials)
            aws.client("secretsmanager").put_secret_value(SecretId="goi/providers", SecretString=secret)
            made = Market(shop, providers, attempts)
            providers.deliver = made.deliver
            yield made
