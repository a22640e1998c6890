"""A chatbot that sells its tokens through Goi: ask it in a terminal, until the plan's tokens are used up.

    PYTHONPATH=clients/python/src python3 examples/chatbot/chatbot.py

Each answer holds the most that it may cost, commits what it did cost, and gives the rest back.
"""

import argparse
import json
import sys
import urllib.request
from dataclasses import dataclass

import goi

FEATURE = "tokens"
MOST_PER_WORD = 600
"""Tokens that an answer may cost for each word of the question."""

TEXTS = {
    "en": {
        "hello": "You have {left} tokens. Ask me anything; an empty line ends.",
        "cost": "({used} tokens, {left} left)",
        "over": "{why} Upgrade: {plans}",
        "down": "I cannot count your tokens just now. Please try again.",
        "answer": "You said “{question}”. Tell me more.",
    },
    "vi": {
        "hello": "Bạn còn {left} token. Hãy hỏi tôi bất cứ điều gì; dòng trống để kết thúc.",
        "cost": "(dùng {used} token, còn {left})",
        "over": "{why} Nâng cấp gói tại: {plans}",
        "down": "Hiện chưa đếm được token của bạn. Vui lòng thử lại.",
        "answer": "Bạn vừa nói: “{question}”. Kể thêm cho tôi nhé.",
    },
}


@dataclass(frozen=True, slots=True)
class ToyModel:
    """Stands where a language model would: it says what it was told, and counts generously."""

    words: dict[str, str]

    def most(self, question: str) -> int:
        """The most tokens that an answer may cost, known before."""
        return MOST_PER_WORD * len(question.split())

    def answer(self, question: str) -> tuple[str, int]:
        """The answer, and the tokens that it did cost."""
        return self.words["answer"].format(question=question), 100 * len(question)


@dataclass(frozen=True, slots=True)
class Chatbot:
    """Answers one account's questions while it has tokens."""

    billing: goi.Client
    account_id: str
    model: ToyModel
    words: dict[str, str]
    plans: str

    def reply(self, question: str) -> str:
        """An answer and what it cost; or where to buy more."""
        try:
            with self.billing.hold(self.account_id, FEATURE, self.model.most(question)) as hold:
                answer, used = self.model.answer(question)
                left = hold.commit(min(used, hold.amount)).remaining
        except goi.QuotaExceeded as refused:
            return self.words["over"].format(why=refused.detail, plans=self.plans)
        except goi.GoiUnavailable:
            return self.words["down"]
        return f"{answer}\n{self.words['cost'].format(used=min(used, hold.amount), left=left)}"


def log_in(address: str, account_id: str, *, service: bool = False) -> str:
    """A token of the machine's own issuer. In production it comes from your identity provider."""
    wanted = {"account_id": account_id, "email": f"{account_id}@example.com", "service": service}
    request = urllib.request.Request(  # noqa: S310 - an address that the person who starts it gives
        f"{address}/local/login", json.dumps(wanted).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        return str(json.load(answer)["token"])


def main() -> None:
    """Ask, answer, count."""
    options = argparse.ArgumentParser(description="A chatbot that sells its tokens through Goi.")
    options.add_argument("--address", default="http://127.0.0.1:3000", help="where `make run` says it is")
    options.add_argument("--account", default="demo", help="the account that asks")
    options.add_argument("--language", choices=sorted(TEXTS), default="en")
    chosen = options.parse_args()
    address, words = chosen.address.rstrip("/"), TEXTS[chosen.language]

    billing = goi.Client(address, token=log_in(address, "chatbot", service=True), language=chosen.language)
    bot = Chatbot(billing, chosen.account, ToyModel(words), words, f"{address}/app/plans.html")
    print(words["hello"].format(left=billing.check(log_in(address, chosen.account), FEATURE).remaining))
    for line in sys.stdin:
        if not line.strip():
            break
        print(bot.reply(line.strip()), flush=True)


if __name__ == "__main__":
    main()
