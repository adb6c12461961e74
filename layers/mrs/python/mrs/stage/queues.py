"""How many messages lie in the dead-letter queues: told with a stage's health, and never a reason to stop."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from mrs.environment import client

_DEPTH = "ApproximateNumberOfMessages"
_SECONDS, _ATTEMPTS = 3, 2  # a queue that cannot be asked must not cost the tick its time


def dead_letters(queues: Sequence[str], notes: list[str]) -> int | None:
    """Return the number of messages in all the queues together; None if there are no queues, or one does not answer.

    Parameters
    ----------
    queues
        Their URLs.
    notes
        Where it says why a queue could not be asked.
    """
    if not queues:
        return None
    try:
        sqs = client("sqs", _SECONDS, _ATTEMPTS)
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_DEPTH])["Attributes"] for url in queues]
    except (BotoCoreError, ClientError) as error:
        notes.append(f"the dead-letter queues could not be asked: {error}")
        return None
    return sum(int(attributes[_DEPTH]) for attributes in found)
