"""The example product against the running system: it sells tokens, and again once more are bought."""

import os
import subprocess
import sys

from tests.blackbox.conftest import Buyer, System
from tests.support.template import ROOT

QUESTION = "Tell me a long story about the sea, the wind and a very old man who went out to fish"
COST = 100 * len(QUESTION)
FREE_TOKENS = 20_000


def ask(system: System, buyer: Buyer, *questions: str) -> list[str]:
    """What the chatbot says to these questions, line by line."""
    chatbot = [sys.executable, "examples/chatbot/chatbot.py"]
    chatbot += ["--address", system.address, "--account", buyer.account_id]
    environment = {**os.environ, "PYTHONPATH": "clients/python/src", "PYTHONIOENCODING": "utf-8", "no_proxy": "*"}
    said = "".join(f"{question}\n" for question in questions)
    ran = subprocess.run(
        chatbot, cwd=ROOT, env=environment, input=said, capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    return ran.stdout.splitlines()


def test_the_chatbot_sells_tokens_until_they_are_used_up(system: System, buyer: Buyer) -> None:
    told = ask(system, buyer, QUESTION, QUESTION)
    assert f"({COST} tokens, {FREE_TOKENS - COST} left)" in told
    assert told[-1].endswith(f"Upgrade: {system.address}/app/plans.html")
    tokens = next(one for one in buyer.get("/account")["balances"] if one["feature"] == "tokens")
    assert (tokens["used"], tokens["held"], tokens["remaining"]) == (COST, 0, FREE_TOKENS - COST)
    _, payment = buyer.order()
    system.pay(payment)
    system.drain()
    assert ask(system, buyer, QUESTION)[-1].endswith(" left)")
