"""Parameters of detection: what each is, its unit and its source; trained weights live in `anomaly/combiner.json`.

A value without a source was chosen by hand on earlier days of one chain and on simulated worlds. What they give
together is measured by `python -m benchmarks.detection` and, on other chains, `python -m benchmarks.generalisation`.
Those of learning on the chain itself stand in `calibration/params.py`.
Methods: ridge regression (Hoerl and Kennard, 1970), empirical-Bayes shrinkage toward a pooled mean, counted in prior
days or stores (Efron and Morris, 1975), exponentially weighted means (Roberts, 1959), winsorised residuals (Huber,
1964), gradient boosting (Friedman, 2001), isotonic calibration (Zadrozny and Elkan, 2002).
"""

from __future__ import annotations

import numpy as np

# ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
LONGEST_REFIT_DAYS = 28
"""Longest refit period: four weeks, so that each weekday occurs equally often."""
WARM_UP_DAYS = 63
"""Days before a refit period that warm up sequential evidence: about the half-life of the spreads."""
MEMORY_DAYS = WARM_UP_DAYS + LONGEST_REFIT_DAYS
"""Days of logs that a judgement reads."""
HISTORY_DAYS = 1096
"""Days that a fit looks back on, three years; fixed, so that stores of one shard do not change each other's fit."""
SHORT_HISTORY_DAYS = 200
"""Trading days below which a store is refitted every `SHORT_HISTORY_REFIT_DAYS`."""
SHORT_HISTORY_REFIT_DAYS = 7
"""Days between two fits of a store with a short history."""

# ── Expectation: what may explain a day (baseline/design.py, baseline/holidays.py, context.py) ────────────────────────
YEAR_DAYS = 365.25
"""Days of a mean Julian year."""
SEASON_WAVES = 4
"""Fourier pairs of the yearly season."""
CLOSINGS_AHEAD_DAYS = 7
"""Days ahead for which closings that a name announces are known."""
MONTH_END_CLOSED_DAYS = 3
"""Closed days at the end of a month across which its last open day is looked for."""
REOPENING_AFTER_DAYS = 6
"""Closed days in a row after which a store reopens."""
REOPENING_DECAY = 0.93
"""What is left of a reopening's effect a day later."""
REOPENING_LEAST = 0.2
"""What is left of a reopening's effect when it ends."""
MOST_MECHANICS = 10
"""Promotion mechanics with features of their own."""
MECHANIC_LEAST_PROMOTIONS = 10
"""Promotions of a mechanic before it has features of its own; the commonest always has."""
DEPTH_UNIT = 0.1
"""Discount (share of the price) that counts as one step of depth."""
DEPTH_CLIP = 4.0
"""Steps of depth beyond which a discount counts no further."""
HABIT_WEEKS = 8
"""Same weekdays before a day that tell whether a store is habitually closed on it."""
HABIT_LEAST_WEEKS = 2
"""Known same weekdays below which there is no habit."""
HABIT_SHARE = 0.6
"""Share of them on which the store was closed, from which closing is the habit; the same for a day with a name."""
LONG_CLOSING_DAYS = 14
"""Days without trading from which a closing is no habit once it is over."""
HOLIDAY_REACH_DAYS = 3
"""Days before and after a public holiday that are near it."""

# ── Expectation: the ridge (baseline/seasonal_ridge.py, baseline/borrowing.py) ────────────────────────────────────────
RIDGE_BLOCK_STORES = 16
"""Stores solved in one batch: few, since their features are held at once, twice; does not change a result."""
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
YEARLY_DOUBT_POWER = 6
"""How steeply the penalty of yearly features rises, as a power of `MATURE_DAYS` over the days that are known."""
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

# ── Expectation: the last same weekdays (baseline/recent.py) ──────────────────────────────────────────────────────────
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

# ── Expectation: days that come again (baseline/repeats.py) ──────────────────────────────────────────────────────────
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
HOLIDAY_LEAST_SHARE = 0.5
"""Share of the peers that must have a holiday for the chain's middle to be that of the holiday."""
EASTER_REACH_DAYS = 62
"""Days from Easter Sunday within which a day is named by it: from before Carnival to Corpus Christi."""
WEEKDAY_FEAST_DAYS = (-1, 0, 1, 2)
"""Days from a feast that falls on a weekday of a month (the fourth Thursday of November) that it gives a name to."""

# ── Expectation: the spread and the 90 % band (baseline/spread.py, baseline/held.py, predictions.py) ──────────────────
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

# ── Evidence (anomaly/evidence.py, anomaly/neighbours.py); the shipped trees were trained on these ────────────────────
NEAREST_STORES = (5, 15)
"""Stores of the pools of nearest stores."""
NEAREST_IN_REGION = 10
"""Stores of the pool of nearest stores of the region."""
OWN_CLIP_Z = 6.0
"""Sigmas at which a store's own deviation is clipped."""
OWN_CLIP_LOG = 1.5
"""Log deviation at which it is clipped."""
POOLED_CLIP_Z = 2.5
"""Sigmas at which a neighbour's deviation is clipped before it is pooled (Huber's ψ)."""
POOLED_CLIP_LOG = 1.0
"""Log deviation at which a neighbour's is clipped before it is pooled."""
HOT_Z = 1.0
"""Sigmas from which a neighbour counts as affected."""
PRIOR_AFFECTED_SHARE = 0.16
"""Prior share of affected neighbours, worth one store: about what exceeds one sigma by chance (two-group model)."""
PRIOR_AFFECTED_Z = 1.5
"""Size of an effect, in sigmas, where no neighbour is affected."""
POSTERIOR_CLIP_Z = (-3.0, 5.0)
"""Between which a store's own deviation enters the two-group posterior (Efron, 2008)."""
POSTERIOR_CLIP_ODDS = 6.0
"""Log odds at which a posterior is clipped before it is summed over days."""
RUN_DECAY_SHORT = 0.5
"""What is left after a day of a store's short run (EWMA of z, scaled to unit variance)."""
RUN_DECAY_LONG = 0.8
"""What is left after a day of a store's long run."""
RUN_DECAY_POOL = 0.6
"""What is left after a day of a pool's run."""
OWN_SCALE_HALF_LIFE_DAYS = 60.0
"""Half-life of the spread without the common part."""
OWN_SCALE_PRIOR_DAYS = 30.0
"""Weight of its usual value, in days."""
OWN_SHARE_OF_SIGMA = 0.87
"""Usual share of a store's spread that is left without the common part."""
OWN_SCALE_CLIP = 3.0
"""Multiples of the spread so far at which a day's size is winsorised."""
OWN_SCALE_RANGE = (0.5, 1.5)
"""Between which that share is believed."""
POOL_HALF_LIFE_DAYS = 60.0
"""Half-life of the variance of a pool's sum: stores that share weather are not independent (EWMA variance)."""
POOL_PRIOR_DAYS = 25.0
"""Weight of a variance of one, in days."""
POOL_CLIP = 6.0
"""Multiples of the variance so far at which a day's square is winsorised."""
REGION_STORES_CLIP = 100.0
"""Stores beyond which a region's size tells nothing more."""
COMMON_LEAST_STORES = 10
"""Stores with a deviation below which nothing is common to all."""
COMMON_SHARE = 0.5
"""Share of the common part that is taken off: all would take half a chain's event for its usual day (ADR 17)."""
COMMON_REGION_LEAST_STORES = 3
"""Stores of a region from which its median counts in full; fewer count as half a store."""
COMMON_REGION_MOST_STORES = 25.0
"""Stores of a region beyond which its median counts no more."""
COMMON_FEW_REGIONS = 0.25
"""Share of the weight that one region has from which an event of it alone would move the median over regions."""
COMMON_LEAST_SPREAD = 0.04
"""Smallest spread (log) of the common part."""
COMMON_USUAL_SPREAD = 0.1
"""Its spread while fewer than `COMMON_LEAST_DAYS` are known."""
COMMON_LEAST_DAYS = 14
"""Days of a common part below which its spread is not measured."""
MIRROR_FACTOR = 2.0
"""A deviation without the common part counts as at most so many times the store's own, to the same side only."""

# ── Classifier (anomaly/pooled_evidence.py, anomaly/learned.py, anomaly/mocked.py, scoring.py) ────────────────────────
CANDIDATE_Z = 0.5
"""Sigmas to a side below which a day is no anomaly to that side, whatever its neighbours do; training used it too."""
LEAST_SCORE = 0.0005
"""Score of a day that is no candidate."""
BASE_RATE = 0.05
"""Share of open store-days with an event at which what is learned holds as a probability, and thresholds are said."""
PREVALENCE_DAYS = 35
"""Days before a refit period whose scores tell how many store-days have an event lately."""
PREVALENCE_STORES = 150
"""Reference stores whose scores tell it: those with the smallest hashes."""
PREVALENCE_HALF_LIFE_DAYS = 14.0
"""Age at which a day counts half in it."""
PREVALENCE_RANGE = (0.005, 0.5)
"""Between which it is believed."""
MIDDLING = (0.05, 0.2)
"""Scores at `BASE_RATE` that mostly quiet days have: how many do tells how restless quiet days are lately."""
CALMEST = 0.3
"""Fewest quiet days of such a score, for each that the past had, that are believed."""
CALM_PRIOR_STORE_DAYS = 20.0
"""Such store-days as in the past that count beside those that were seen."""
ALONE_HALFWAY_Z = 5.0
"""Sigmas of a store's own deviation that are as likely as not an event, whatever the neighbours do."""
ALONE_STEEPNESS = 2.5
"""Log odds that a further sigma adds."""
MOCKED_HALFWAY_Z = 4.0
"""Robust sigmas that the mocked classifier takes for as likely as not an anomaly."""
MOCKED_STEEPNESS = 2.0
"""Log odds that a further sigma adds there."""
MOCKED_WEEKS = 8
"""Same weekdays whose median the mocked baseline expects."""
MOCKED_SIGMA = 0.2
"""Its spread (log) where fewer than three of them are known."""
SHIPPED_OPEN_SCORE = 0.45
"""Score from which a day opens a report where nothing was learned: docs/quality.md, "On held-out data"."""
CARRY_ON_SHARE = 2 / 3
"""Share of the opening score from which a day carries a report on."""

# ── Rules of the shipped classifier (anomaly/rules.py, run_wide.py, categories.py) ────────────────────────────────────
CERTAIN_SCORE = 0.999
"""Score of a day on which a rule says that the data are at fault."""
CHAIN_HALFWAY = 6.0
"""Usual spreads of the common part that are as likely as not an event of the chain, where the past says no more."""
CHAIN_STEEPNESS = 1.5
"""Log odds that a further spread adds."""
CHAIN_HOLIDAY_FACTOR = 1.5
"""How much further a chain swings near a public holiday."""
CHAIN_RUN_DAYS = 3
"""Longest run of days that is judged together."""
CHAIN_RUN_FACTOR = 1.3
"""How much larger a run's mean must be than of independent days, for days that follow one another are alike."""
CHAIN_ALONG_Z = 0.5
"""Sigmas to the chain's side from which a store goes along with it."""
CHAIN_ALONG_SHARE = 0.4
"""Share of the common part that a store that goes along has at least."""
MULTIPLES = (2.0, 3.0, 10.0, 100.0, 1000.0)
"""Factors by which a feed that was loaded twice or in another unit is too high, or too low."""
MULTIPLE_WITHIN = 0.03
"""Distance (log) from such a factor that still is one."""
AGREE_WITHIN = 1.1
"""Median distance from the common part, in usual spreads, of stores that agree; 0.67 where only noise differs."""
REPEATED_LAGS = (1, 7)
"""Days by which a feed is shifted when it repeats earlier values."""
REPEATED_SHARE = 0.3
"""Share of stores that repeat a value, beyond twice the usual share of ties, from which a feed repeats itself."""
REPEATED_TIES_FACTOR = 2.0
"""How many times the usual share of ties is put down to chance: small counts tie often."""
REPEATED_LEAST_STORES = 10
"""Trading stores below which no repetition is looked for."""
SPREAD_FEED_DAYS = 21
"""Days over which repetitions are counted."""
SPREAD_FEED_SHARE = 0.5
"""Share of those days from which a feed is spread over days rather than faulty on one."""
UNEXPECTED_SHARE = 0.1
"""Share of a usual day sold on a day of habitual closing that is an opening; less may be a correction or a test."""
OPENINGS_SHARE = 0.002
"""Share of trading store-days of the weeks before from which openings on days of habitual closing are usual."""
OPENINGS_LEAST = 3
"""Such openings below which they are not."""
ZERO_FAULT_Z = -5.0
"""Sigmas below which zero sales of an open store are a fault of the data."""
ZERO_FAULT_CHANCE = 1e-4
"""Largest chance of a zero (Poisson) at which it is a fault of the data."""
ZERO_FAULT_LEAST_SIGMA = 0.05
"""Smallest spread (log) that the chance of a zero is computed from."""
MISSING_TOGETHER_LEAST = 3
"""Stores that are missing for a second day in a row below which they are not missing together."""
MISSING_TOGETHER_CHANCE = 1e-4
"""Largest chance (Poisson) of so many at which they are."""
MISSING_PRIOR = 0.5
"""Such stores on the days before that are added to those that were seen: a share of nothing is unknown."""
CATEGORY_HALF_LIFE_DAYS = 21.0
"""Half-life of a category's share of the store's expected sales, and of that share's spread."""
CATEGORY_PRIOR_DAYS = 6.0
"""Weight of the usual spread, in days."""
CATEGORY_USUAL_SIGMA = 0.35
"""Usual spread (log) of a category's share."""
CATEGORY_LEAST_SIGMA = 0.08
"""Smallest spread (log) of a category's share."""
CATEGORY_OFFSET = 0.15
"""Share of a category's usual sales that is added on both sides of the ratio, for small counts."""
CATEGORY_CLIP_Z = 8.0
"""Sigmas at which a category's deviation is clipped."""
CATEGORY_RUN_DECAY = 0.6
"""What is left after a day of a category's run."""
CATEGORY_HALFWAY_Z = 5.5
"""Sigmas of one category that are as likely as not an event; more by log(n)/steepness for the strongest of n."""
CATEGORY_STEEPNESS = 1.6
"""Log odds that a further sigma adds."""
CATEGORY_LEAST_DAYS = 21
"""Days of a category before it is judged."""
CATEGORY_CALM_DAYS = 3
"""Days of a category before its deviations move its mean and spread."""
CATEGORY_CALM_Z = 3.0
"""Sigmas at which they are winsorised for that."""
CATEGORY_LEVEL_RATE = 0.05
"""Share of a day's deviation by which a category's mean moves."""
AFFECTED_CATEGORY_Z = 2.0
"""Sigmas from which a category is named in a report."""
AFFECTED_CATEGORY_SHARE = 0.2
"""Share of the moved money from which the largest category is named where none deviates so far."""

# ── Reports (episodes.py) ─────────────────────────────────────────────────────────────────────────────────────────────
LONG_REPORT_DAYS = 7
"""Days from which a report goes on with every day well away from the expectation, improbable by itself or not."""
LONG_REPORT_Z = 1.5
"""Spreads from the expectation from which a day is."""
CHANGE_LEAD_DAYS = 7
"""Days before a report's first anomalous day on which the change of level that it turned out to be may have begun."""
