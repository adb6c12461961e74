"""Parameters of learning on the chain itself (ADR 17): what each is, its unit and its source.

A value without a source was chosen by hand on earlier days of three chains; `python -m benchmarks.generalisation`
measures what they give together. Methods: gradient boosting (Friedman, 2001), isotonic calibration (Zadrozny and
Elkan, 2002), peaks over threshold (Pickands, 1975).
"""

from __future__ import annotations

import numpy as np

# ── The past, and what is planted into it ────────────────────────────────────────────────────────────────────────────
LEARNED_DAYS = 161
"""Days that are learned from at most; before them `WARM_UP_DAYS` more are expected, for warming up."""
LEARNED_STORES = 600
"""Stores that are learned from at most: those with the smallest hashes."""
LONG_PERIODS = 5
"""Refit periods of a past in which stores with a short history are not refitted every week."""
PLANTED_SCOPES = {"one": 0.14, "near": 0.22, "region": 0.2, "part": 0.14, "several": 0.14, "chain": 0.08, "wide": 0.08}
"""Share of planted events by scope."""
WIDE_SHARE = (0.1, 0.7)
"""Share of all stores, in any region, that an event of scope `wide` covers."""
PLANTED_SHAPES = {"box": 0.5, "decay": 0.2, "rise": 0.1, "bump": 0.1, "ramp": 0.1}
"""Share of planted events by course."""
PLANTED_LONGEST_DAYS = 15
"""Longest planted event."""
PLANTED_APART_DAYS = 6
"""Days of rest between two events of a store."""
PLANTED_SHARE = 0.10
"""Share of open store-days that get an event; a whole region's may bring it above that."""
PLANTED_TRIES_A_DAY = 6
"""Events that are tried for each day, before a planting is taken as it is."""
LEAST_EFFECT = float(np.log(1.1))
"""Smallest planted effect (log) that should be found."""
EFFECT_BANDS = (
    ("10–25 %", 0.0, np.log(1.25)),
    ("25–60 %", np.log(1.25), np.log(1.6)),
    ("over 60 %", np.log(1.6), np.inf),
)
"""Names and bounds (log) of the sizes of effect that expectations are stated for."""
SPREAD_CLASSES = 3
"""Classes of stores, by how much their days scatter, for which it is said what is found."""
LEAST_EPISODES = 30
"""Planted episodes of a class below which nothing is said of it."""
RELEARN_GROWTH = 1.4
"""How much longer the past must be than at the last learning, while it is shorter than `LEARNED_DAYS`."""
RELEARN_DAYS = 364
"""Days after which is learned again in any case."""
LEARN_LEAST_STORE_DAYS = 100
"""Quiet store-days of the past below which nothing is learned: the shipped trees and threshold hold."""
PAST_EVENT_SCORE = 0.8
"""Score by the shipped trees from which a day of the past is itself an event."""
PAST_EVENT_CARRIED = 0.3
"""Score from which a neighbouring day belongs to it."""
PAST_EVENT_MARGIN_DAYS = 1
"""Days before and after it that are left out with it."""
PAST_EVENT_CLOSES_DAYS = 3
"""Days without such a score after which it ends, where a band is measured; else `detect.close_after_days`."""
SHARE_RANGE = (0.001, 0.5)
"""Between which the share of the past's store-days with an event is looked for."""
SHARE_ROUNDS = 30
"""Rounds of expectation maximisation that look for it."""

# ── Trees, probabilities, the threshold ──────────────────────────────────────────────────────────────────────────────
FOLDS = 3
"""Folds, by time, each judged by trees that did not see it."""
FOLD_DAYS = 14
"""Days in a row of one fold."""
TREE_ROUNDS = 100
"""Boosted trees; of depth 4, and free to fall where evidence rises, so many overfitted (ADR 17)."""
TREE_RATE = 0.1
"""Learning rate (shrinkage)."""
TREE_DEPTH = 3
"""Depth of each tree."""
TREE_LEAF_ROWS = (20, 150)
"""Least rows of a leaf: a hundredth of the rows, between these."""
TREE_LEAVES = 100
"""That hundredth."""
TREE_L2 = 30.0
"""L2 penalty of a leaf's value."""
TREE_BINS = 64
"""Bins of a feature."""
TREE_LEAST_POSITIVES = 1_500
"""Planted rows below which no trees are learned."""
TREE_LEAST_DAYS = 42
"""Ripe days below which no trees are learned."""
TREE_LEAST_STORE_DAYS = 4_000
"""Quiet store-days below which none are: 24 stores' trees reported chance fourfold beyond the budget."""
OWN_LEAST_GAIN = 0.02
"""Share of the shipped trees' log loss by which a chain's own must be smaller to be used: less than half a hundredth
turned around with any change of the past on two of four chains, on the others the shares were −2 % and 15 %."""
QUIET_ROWS = 60_000
"""Rows of the quiet past at most."""
PLANTED_ROWS = 12_000
"""Planted rows that are enough."""
MOST_PLANTINGS = 12
"""Plantings at most; of a chain with no more than `FEW_STORES`, `PLANTINGS_OF_FEW`."""
PLANTINGS_OF_FEW = 40
"""Plantings at most into a chain of few stores."""
FEW_STORES = 30
"""Stores up to which a chain is one of few."""
STORES_AT_ONCE = 600
"""Stores of all plantings that are worked out together: a matter of memory, the results are the same."""
NEAR_ROWS_SHARE = 0.15
"""Share of untouched stores' days, while an event runs elsewhere, that are learned from."""
SMALL_EFFECT_WEIGHT = 0.3
"""Weight of rows with a planted effect too small to be asked for."""
PROBABILITY_RANGE = (0.0005, 0.999)
"""Between which a calibrated probability lies."""
MAP_BINS = 40
"""Groups of rows that isotonic calibration begins with."""
MAP_QUIET_WEIGHT = 0.35
"""Weight of quiet rows in the width of those groups: the upper part needs the finer ones."""
MAP_PRIOR = (0.02, 0.4)
"""Planted and all rows, in mean weights, that are added to each group (a beta prior)."""
MAP_TAILS = (6.0, 4.0)
"""Log odds below the first and above the last group at which the bounds of `PROBABILITY_RANGE` are reached."""
SPREAD_SLOPE_PRIOR = 0.5
"""Spread of what a store's spread, e times as large, adds to the log odds of its days, among chains."""
SPREAD_SLOPE_MOST = 2.0
"""The most of it that is believed."""
SPREAD_STEPS = 8
"""Steps of Newton's method that look for it."""
HIGH_SCORE_SHARE = 0.01
"""Share of quiet store-days whose score is high; how many are tells how much is going on."""
CAUTION = (0.25, 0.5)
"""Standard errors of a past's share of false alerts that the budget leaves room for, after the chain's first year and
in it: in its first year a chain has not seen its year end and most of its holidays."""
LEAST_PERIODS = 4
"""Fortnights of the past below which its variation is not measured."""
OPEN_SCORE_RANGE = (0.02, 0.97)
"""Between which the threshold is looked for."""
OPEN_SCORE_STEPS = 12
"""Halvings of that range, in log odds."""
COUNTED_STORE_DAYS = 20
"""Covered store-days that the budget must allow for them to be counted; of fewer, the tail of the scores is used."""
TAIL_SHARE = 0.05
"""Share of the scores that is the tail (peaks over threshold, Pickands 1975, with an exponential tail)."""
TAIL_PRIOR_DAYS = 20.0
"""Weight of `TAIL_USUAL_EXCESS`, in store-days."""
TAIL_USUAL_EXCESS = 0.9
"""Usual mean excess of the tail, in log odds."""
DAYS_COVERED = 1.6
"""Days that a report covers for each day whose score opens one, as a rule."""
TAIL_CLIP = 0.0005
"""Distance from 0 and 1 at which a score's log odds are clipped."""
CHAIN_MARGIN = 1.25
"""How far beyond every day of the past the common part must be to be as likely as not an event of the chain."""
CHAIN_MOST_HALFWAY = 40.0
"""Largest `CHAIN_HALFWAY` that is learned."""
CATEGORY_BUDGET_PART = 0.2
"""Part of the budget that categories may use."""
CATEGORY_QUIET_SCORE = 0.2
"""Score that the categories' days beyond that are brought down to."""
