"""Parameters of the expectation: what each is, its unit and its source; those of judging: `detection/params.py`.

A value without a source was chosen by hand on earlier days of one chain and on simulated worlds.
Methods: ridge regression (Hoerl and Kennard, 1970), empirical-Bayes shrinkage toward a pooled mean, counted in prior
days or stores (Efron and Morris, 1975), exponentially weighted means (Roberts, 1959), winsorised residuals (Huber,
1964).
"""

from __future__ import annotations

import numpy as np

from mrs.detection.params import WARM_UP_DAYS

# ── What may explain a day (design.py, promotion_features.py, holidays.py, context.py) ────────────────────────────────
YEAR_DAYS = 365.25
"""Days of a mean Julian year."""
SEASON_WAVES = 4
"""Fourier pairs of the yearly season."""
CLOSINGS_AHEAD_DAYS = 7
"""Days ahead for which closings that a name announces are known."""
MONTH_END_CLOSED_DAYS = 3
"""Closed days at the end of a month across which its last open day is looked for."""
CHRISTMAS_OPEN_DAYS = 6
"""Open days before Christmas that are told apart."""
CHRISTMAS_LEAD_DAYS = 9
"""Days before the 24th of December among which they are looked for."""
REOPENING_AFTER_DAYS = 6
"""Closed days in a row after which a store reopens."""
REOPENING_DECAY = 0.93
"""What is left of a reopening's effect a day later."""
REOPENING_LEAST = 0.2
"""What is left of a reopening's effect when it ends."""
OPENED_AFTER_DAYS = 28
"""Days after the first of which anything is known of the chain from which a store that begins to sell has opened."""
OPENING_HALF_LIVES_DAYS = (10.0, 40.0)
"""Half-lives of an opening's effect: what passes in weeks, and what takes months."""
MOST_MECHANICS = 10
"""Promotion mechanics with features of their own."""
MECHANIC_LEAST_PROMOTIONS = 10
"""Promotions of a mechanic before it has features of its own; the commonest always has."""
DEPTH_UNIT = 0.1
"""Discount (share of the price) that counts as one step of depth."""
DEPTH_CLIP = 4.0
"""Steps of depth beyond which a discount counts no further."""
PROMOTION_DAYS_AFTER = 3
"""Days after a promotion on which stores still have in common how it went: they sell less, the more it brought."""
PROMOTION_SPREAD = 0.06
"""How far (log) a promotion usually is off in all its stores, where many of its mechanic came before."""
PROMOTION_UNKNOWN_SPREAD = 0.2
"""How far it is off besides in stores that never had its mechanic, though others of the chain had."""
PROMOTION_KNOWN_BY = 4.0
"""How much better than by nothing it is known by each that came before."""
HABIT_WEEKS = 8
"""Same weekdays before a day that tell whether a store is habitually closed on it."""
HABIT_LEAST_WEEKS = 2
"""Known same weekdays below which there is no habit."""
HABIT_SHARE = 0.6
"""Share of them on which the store was closed, from which closing is the habit; the same for a day with a name."""
LONG_CLOSING_DAYS = 14
"""Days without trading from which a closing is no habit once it is over."""
SCHOOL_GAP_DAYS = 3
"""Days between two school holidays that belong to them: a weekend, and a public holiday beside it."""
SCHOOL_LONG_DAYS = 21
"""School holidays after which a term begins anew, at least."""
HOLIDAY_REACH_DAYS = 3
"""Days before and after a public holiday that are near it."""

# ── The ridge (seasonal_ridge.py, borrowing.py) ───────────────────────────────────────────────────────────────────────
RIDGE_BLOCK_STORES = 8
"""Stores solved in one batch: few, since their features are held at once, twice; does not change a result.

Of twice as many, two batches at once are more memory than the allocator keeps, and each is fetched page by page."""
RIDGE_STEP_DAYS = 128
"""Days before a store's first are left out of its fit, in steps of this many; does not change a result."""
STEP_AHEAD_DAYS = 64
"""Days are expected in steps of this many: a processor sums the last days of such a step as it sums those of years."""
RIDGE_PENALTIES = {
    "weekday": 0.3,
    "promotion_kind": 1.0,
    "promotion_depth": 3.0,
    "promotion": 0.3,
    "season": 2.0,
    "trend": 5.0,
    "closing_in": 0.5,
    "closed_": 0.5,
    "date": 0.5,
    "advent": 0.5,
    "christmas_in": 0.5,
    "easter": 0.2,
    "closing_name": 0.2,
    "holiday": 0.3,
}
"""Ridge penalty, in days, by the beginning of a feature's name; 1 for the rest."""
MEMORY_HALF_LIFE_DAYS = 1000.0
"""Age at which a day counts half in the fit."""
OUTLIER_CLIP_Z = 4.5
"""Robust sigmas (MAD) from which a day without a name is left out of the second fit."""
MOST_OUTLIERS = 24
"""Days that a fit leaves out at most."""
LEAST_FREEDOM = 0.3
"""Smallest share of degrees of freedom that a fit is credited with, where its residuals are made larger for it."""
MATURE_DAYS = 330.0
"""Trading days from which a store stands on its own: about a year."""
CONFIRMED_DAYS = 2 * YEAR_DAYS
"""Days since its first sale from which a store's own season is its own: in the second year it comes again."""
YEARLY_DOUBT_POWER = 6
"""How steeply the penalty of yearly features rises, as a power of `MATURE_DAYS` over the days that are known, or of
`CONFIRMED_DAYS` over the days since a store's first sale."""
LENT_STRENGTH = 3.0
"""How much more strongly a short-history store is shrunk to what it borrows than a mature one to zero."""
BORROW_CHAIN_PRIOR_STORES = 5.0
"""Weight of the mean over all peers in that of a retailer, in mature stores (empirical-Bayes shrinkage)."""
BORROW_REGION_PRIOR_STORES = 10.0
"""Weight of the retailer's mean in that of its stores of a region, in mature stores."""
PEER_STORES = 64
"""Stores to borrow from: a sample by hash that does not depend on shards."""
LEVEL_DAYS = 200
"""Days before the anchor from which the slow level runs."""
LEVEL_HALF_LIFE_DAYS = 28.0
"""Half-life of the slow level (EWMA of the ridge's residuals)."""
LEVEL_PRIOR_DAYS = 8.0
"""Days after which the slow level is half believed."""
LEVEL_CLIP_Z = 2.0
"""Robust sigmas up to which a day counts for the slow level: an anomaly does not move it, a lasting shift does."""
LEVEL_LEAST_SIGMA = 0.03
"""Smallest spread (log) that those sigmas are measured in."""
LASTING_DAYS = 24
"""Trading days that sales must stay away from the level, to one side, for a lasting change: four weeks of six days."""
AWAY_Z = 1.0
"""Robust sigmas from the level from which a day is away from it."""
RUN_LEAK_DAYS = 2
"""Days that a trading day near the level takes back of a run: a third of its days may be near and it still grows."""
SETTLED_SHARE = 0.25
"""Share of a change by which the last days of a run may differ from all of it; if they differ more, it is under way."""
RECENT_WEIGHT = 0.12
"""Weight of a new day in the mean of a run's last days: a half-life of five to six trading days."""
RUN_DAYS = 10
"""Days from which a run is what happened to the store, and tells nothing of the usual spread of its days."""

# ── The last same weekdays (recent.py) ────────────────────────────────────────────────────────────────────────────────
RECENT_WEEKS = 8
"""Same weekdays whose median is a second forecast."""
RECENT_DAYS = WARM_UP_DAYS + 7 * RECENT_WEEKS
"""Days before the anchor from which it is made."""
RECENT_WEEKS_LEAST = 4
"""Known ones below which it says nothing."""
RECENT_CLIP_Z = 3.0
"""Sigmas at which its distance from the expectation, and what its weight is fitted to, are clipped."""
RECENT_PRIOR = 50.0
"""How strongly its weight is held at nothing, in squared sigmas of that distance: about as many store-days."""
RECENT_LEAST_WEIGHT = 0.15
"""Weight below which it is left out: of forecasts that err independently, the variance of its errors is six times that
of the other's."""

# ── Days that come again (repeats.py) ─────────────────────────────────────────────────────────────────────────────────
REPEAT_LEAST_PEERS = 3
"""Trading peers from which a day's middle is known."""
REPEAT_LEAST_SPREAD = 0.02
"""Smallest usual distance (log) of the chain's middle from its expectation."""
REPEAT_THRESHOLD = 2.0
"""Standard errors of the earlier days' mean that are taken off it: chance of so many kinds of day."""
REPEAT_LEAST_TIMES = 2
"""Earlier times that it takes to be expected whole: what came once may have been an event, and names three days of the
next year."""
REPEAT_MOST = float(np.log(4.0))
"""Size (log) from which a day of the whole chain is no size to expect again, but a closing or a fault of the feed."""
REPEAT_USUAL_PART = 0.4
"""Part of its size with which an outstanding day of the year comes again as a rule: on three real chains 0.3 to 0.6."""
REPEAT_PRIOR_DAYS = 5.0
"""Weight of that part beside the chain's own outstanding days, and of the chain's in that of a kind, in such days."""
STANDS_OUT_FROM_DAYS = 7
"""Days before whose middle a day of the chain must stand out from: of a long event only the first days do."""
STANDS_OUT_SPREADS = 3.0
"""Usual spreads of the chain from which a day of it stands out."""
PAY_DAY_USUAL_PART = 0.15
"""Chance that a day that stands out comes again a month later under one of its names: 0 to 0.1 on three real chains."""
PAY_DAY_PRIOR_DAYS = 5.0
"""Weight of that beside the chain's own such days, and of the chain's in that of a kind of name, in days."""
PAY_DAY_LEAST = 0.1
"""Chance that a name means something below which it says nothing."""
PAY_DAY_MOVED = 0.25
"""That chance of a name that weekends move one way, as a part of it: which way a day is moved, if so, nobody knows."""
PAY_DAY_ENDS = 0.03
"""Chance that a name that meant something means nothing a month later."""
PAY_DAY_FAILS = 0.15
"""Share of the days of a name that are like any other, as where a pay day falls on a Sunday."""
PAY_DAY_WOBBLE = 0.2
"""Share of its size by which such a day differs from time to time."""
STANDING_OUT = 0.05
"""Share of all days that stand out for a reason of their own: 3 to 7 % of three real chains' lie beyond two spreads."""
STANDING_OUT_SIZE = 0.3
"""How far (log) such days lie from the expectation."""
HOLIDAY_LEAST_SHARE = 0.5
"""Share of the peers that must have a holiday for the chain's middle to be that of the holiday."""
EASTER_REACH_DAYS = 62
"""Days from Easter Sunday within which a day is named by it: from before Carnival to Corpus Christi."""
WEEKDAY_FEAST_DAYS = (-1, 0, 1, 2)
"""Days from a feast that falls on a weekday of a month (the fourth Thursday of November) that it gives a name to."""

# ── The spread and the 90 % band (spread.py, held.py, predictions.py) ─────────────────────────────────────────────────
SPREAD_HALF_LIFE_DAYS = 180.0
"""Half-life of the spread of a store's residuals (EWMA of their absolute size)."""
SPREAD_CLIP_Z = 3.0
"""Sigmas at which residuals are winsorised."""
SPREAD_TYPE_PRIOR_DAYS = 10.0
"""Weight of a store's own spread in that of a day type, in days."""
SPREAD_STORE_PRIOR_DAYS = 20.0
"""Weight of the usual spread in a store's own, in days."""
USUAL_SIGMA = 0.11
"""Usual spread (log) of a store's day: the median over the stores of the chain that this was made on."""
BAND_DAYS = 400
"""Days before the anchor that tell which multiple of sigma holds 90 % of the days."""
BAND_PRIOR_DAYS = 120.0
"""Weight of `USUAL_BAND` in that multiple, in days."""
USUAL_BAND = 1.55
"""Usual multiple; 1.64 for a normal distribution."""
BAND_RANGE = (1.2, 2.2)
"""Between which a store's own multiple is believed."""
BAND_TRIM = 0.94
"""Residuals of the fit, made larger for its freedom, are still a little wider than those of the days after it."""
DOUBT_DAYS = 12.0
"""Trading days known at which a band is wider by √2, for what a fit to few days does not know."""
NAMED_DAY_FACTOR = 1.4
"""How much wider the band is on a day with a name of its own."""
HELD_PERIODS = 3
"""Refit periods before, on which the band is measured on days that no fit had seen."""
HELD_PRIOR_DAYS = 20.0
"""Days' worth that the band is believed as it is: stores of one day share it, so days count, not store-days."""
HELD_WEEKDAY_PRIOR_DAYS = 14.0
"""Days' worth that the measure of all weekdays counts in that of one."""
HELD_LEAST_STORE_DAYS = 100
"""Store-days below which nothing is measured."""
HELD_RANGE = (0.7, 1.8)
"""Between which the measured factor is believed."""
UNKNOWN_SIGMA = 0.15
"""Spread (log) where there is no row."""
SIGMA_RANGE = (0.01, 3.0)
"""Between which a logged spread is believed."""
SALES_FLOOR = 0.01
"""Share of the expectation that lower sales count as: a logarithm needs a floor."""
COUNTED_BELOW = 50.0
"""Expected counts below which Poisson's distribution limits a deviation; larger ones are as good as continuous."""
COUNT_SHRINKS_BELOW = 0.9
"""Share of the log deviation below which the count's own, smaller deviation replaces it."""
