"""Empirical-Bayes shrinkage of short-history stores: coefficients pooled over stores of their chain and region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.baseline.params import BORROW_CHAIN_PRIOR_STORES, BORROW_REGION_PRIOR_STORES, MATURE_DAYS
from mrs.detection.baseline.scopes import StoreTable


def pooled_profile(coefficients: FloatArray, known: FloatArray, peers: StoreTable, stores: StoreTable) -> FloatArray:
    """Return S×F: the coefficients that a store of a chain and region may be expected to have.

    The mean over the peers of its region is drawn to that of its chain, and that to the mean over all; a peer counts
    by how much is known of it.

    Parameters
    ----------
    coefficients, known
        P×F coefficients of the peers and P, their trading days.
    peers, stores
        The P peers and the S stores that borrow.
    """
    weight = np.minimum(known, MATURE_DAYS) / MATURE_DAYS
    whole = _mean(coefficients, weight, np.zeros(coefficients.shape[1]), 1e-9)
    by_chain = {
        c: _mean(*_of(coefficients, weight, peers.retailers, c), whole, BORROW_CHAIN_PRIOR_STORES)
        for c in {*peers.retailers, *stores.retailers}
    }
    profile = np.empty((len(stores.store_ids), coefficients.shape[1]))
    done: dict[tuple[str | None, str | None], FloatArray] = {}
    for i, place in enumerate(zip(stores.retailers, stores.regions, strict=True)):
        if place not in done:
            near = _of(coefficients, weight, list(zip(peers.retailers, peers.regions, strict=True)), place)
            done[place] = _mean(*near, by_chain[place[0]], BORROW_REGION_PRIOR_STORES)
        profile[i] = done[place]
    return profile


def _of(
    coefficients: FloatArray, weight: FloatArray, labels: Sequence[object], wanted: object
) -> tuple[FloatArray, FloatArray]:
    here = np.array([label == wanted for label in labels], dtype=bool)
    return coefficients[here], weight[here]


def _mean(coefficients: FloatArray, weight: FloatArray, centre: FloatArray, strength: float) -> FloatArray:
    total = np.sum(coefficients * weight[:, None], axis=0) + strength * centre
    return np.asarray(total / (weight.sum() + strength))
