"""What a provider's query interface does wrong at the moment: one place for all providers."""

import time
from collections.abc import Callable
from datetime import datetime

from werkzeug.wrappers import Response

from local.simulators.base import World
from local.simulators.behaviour import LAG, LONGER_THAN_ANYBODY_WAITS

wait: Callable[[float], None] = time.sleep


def told(world: World, answer: Callable[[datetime | None], Response]) -> Response:
    """The answer to a query as the provider gives it now.

    `answer` takes the moment whose state is to be told, None for the present one. It is called without any lock held,
    so that whoever waits for a late answer keeps nobody else waiting.
    """
    query = world.behaviour.query
    if query == "error":
        return Response("Internal Server Error", 500, content_type="text/plain")
    if query == "timeout":
        wait(LONGER_THAN_ANYBODY_WAITS)
    return answer(world.clock.now() - LAG if query == "lag" else None)
