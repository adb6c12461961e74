"""What a decision about a report or event is worth: the money that the systems downstream may learn from wrongly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Status

from functions.workshop.state.kinds import ObjectKind

DECIDED = (Status.APPROVED.value, Status.REJECTED.value, Status.MERGED.value)


def worth(kind: ObjectKind, table: pa.Table) -> npt.NDArray[np.float64]:
    """Return `|sales_delta|` times the chance that the cause is wrong, in the unit of sales; 0 where it is decided.

    The more money and the less sure its cause, the more a decision moves. A cause that a person set is sure. An event's
    confidence is that of its reports together (`mrs.hydration.event_members`).
    """
    money, sure = (np.asarray(table[c].to_numpy(), dtype=np.float64) for c in ("sales_delta", "cause_confidence"))
    decided = pc.is_in(table[kind.status_column], value_set=pa.array(DECIDED)).to_numpy(zero_copy_only=False)
    sure = np.clip(sure, 0.0, 1.0)
    return np.where(decided, 0.0, np.abs(money) * (1 - sure))
