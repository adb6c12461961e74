"""Which cause is named, of probabilities that are larger for some causes than what any feed could show of them."""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray

NO_CANDIDATE = -1.0
"""What stands in place of the probability of a cause that is no candidate."""


def named(chance: FloatArray, unseen: BoolArray, unknown: int) -> IntArray:
    """Return the column that each row names: nothing is named that no feed can show.

    What speaks for a cause that cannot be seen speaks for `unknown`, which stands for all of them and for itself with
    their mean. So a cause that can be seen is named where it is likelier than each of them would be if they were alike;
    and the one that is named need not be the likeliest. Of equal ones the first is named.

    Parameters
    ----------
    chance
        (rows, causes) probabilities, or anything proportional to them; `NO_CANDIDATE` for causes that are none.
    unseen
        (rows, causes) True where no feed can show a cause, because it is absent.
    unknown
        The column of `unknown`; -1 if there is none.
    """
    standing = np.where(unseen, NO_CANDIDATE, chance)
    if unknown >= 0:
        alike = unseen & (chance > 0)
        alike[:, unknown] = chance[:, unknown] >= 0
        mean = np.where(alike, chance, 0.0).sum(axis=1) / np.maximum(alike.sum(axis=1), 1)
        standing[:, unknown] = np.where(chance[:, unknown] >= 0, mean, NO_CANDIDATE)
    return np.asarray(standing.argmax(axis=1), dtype=np.int64)
