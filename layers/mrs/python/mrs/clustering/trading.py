"""Which stores traded lately at each tick: a bit a store and day, so that the log itself need not be held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from mrs.arrays import codes_in, epoch_day, epoch_days, sorted_unique
from mrs.clustering.panel import is_known

TRADING = "stores that traded lately"
LATELY_DAYS = 34


def trading(baseline: Iterable[pa.Table], stores: pa.Table, ticks: Sequence[date]) -> pa.Table:
    """Return, of the stores whose place is known, which ones traded in the five weeks that end with each tick.

    Parameters
    ----------
    baseline
        The baseline log of `LATELY_DAYS` before the first tick to the last, in pieces; one is held at a time.
    stores
        `stores_data` rows.
    ticks
        Business dates in order.

    Returns
    -------
    pa.Table
        `store_id`, sorted, and one column of booleans a tick, named by its date.
    """
    store_ids = sorted_unique(stores["store_id"])
    first, last = epoch_day(ticks[0]) - LATELY_DAYS, epoch_day(ticks[-1])
    traded = np.zeros((last - first + 1, len(store_ids)), dtype=bool)
    for rows in baseline:
        day, store = epoch_days(rows["date"]) - first, codes_in(rows["store_id"], store_ids)
        use = is_known(rows) & (day >= 0) & (day < len(traded)) & (store >= 0)
        traded[day[use], store[use]] = True
    lately = {}
    for tick in ticks:
        end = epoch_day(tick) - first + 1
        lately[tick.isoformat()] = pa.array(np.asarray(traded[end - LATELY_DAYS - 1 : end].any(axis=0)))
    return pa.table({"store_id": store_ids, **lately})
