"""What a decision about a report or event is worth: the money that the systems downstream may learn from wrongly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Status

from functions.workshop.state.kinds import EVENTS, ObjectKind

DECIDED = (Status.APPROVED.value, Status.REJECTED.value, Status.MERGED.value)
WITNESSES = 2
"""Reports of an event count as so many independent ones. Stores share their context, so that more would be too sure."""


def worth(kind: ObjectKind, table: pa.Table) -> npt.NDArray[np.float64]:
    """Return `|sales_delta|` times the chance that the cause is wrong, in the unit of sales; 0 where it is decided.

    The more money and the less sure its cause, the more a decision moves. A cause that a person set is sure.
    """
    money, sure = (np.asarray(table[c].to_numpy(), dtype=np.float64) for c in ("sales_delta", "cause_confidence"))
    decided = pc.is_in(table[kind.status_column], value_set=pa.array(DECIDED)).to_numpy(zero_copy_only=False)
    sure = np.clip(sure, 0.0, 1.0)
    return np.where(decided, 0.0, np.abs(money) * (doubt(sure) if kind is EVENTS else 1 - sure))


def doubt(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the chance that an event's cause is wrong, given its confidence, which is the share of its reports' votes.

    A share says how far the reports agree, each of them being so sure; that all of them err in the same way is less
    likely than that one does. The odds are those of `WITNESSES` independent reports.
    """
    wrong, right = (1 - share) ** WITNESSES, share**WITNESSES
    return np.asarray(wrong / (wrong + right), dtype=np.float64)
