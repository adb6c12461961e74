"""Parameters of detection: what each is, its unit and its source; trained weights live in `anomaly/combiner.json`.

A value without a source was chosen by hand on earlier days of one chain and on simulated worlds. What they give
together is measured by `python -m benchmarks.detection` and, on other chains, `python -m benchmarks.generalisation`.
Those of the expectation: `baseline/params.py`; those of learning on the chain itself: `calibration/params.py`.
Methods: empirical-Bayes shrinkage toward a pooled mean, counted in prior days or stores (Efron and Morris, 1975),
exponentially weighted means (Roberts, 1959), winsorised residuals (Huber, 1964), gradient boosting (Friedman, 2001),
isotonic calibration (Zadrozny and Elkan, 2002).
"""

from __future__ import annotations

# ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
LONGEST_REFIT_DAYS = 28
"""Longest refit period: four weeks, so that each weekday occurs equally often."""
WARM_UP_DAYS = 63
"""Days before a refit period that warm up sequential evidence: about the half-life of the spreads."""
WARM_UP_SHORT_REFIT_DAYS = 21
"""Days of them between two fits of a store with a short history; a whole number of such spans."""
MEMORY_DAYS = WARM_UP_DAYS + LONGEST_REFIT_DAYS
"""Days of logs that a judgement reads."""
HISTORY_DAYS = 1096
"""Days that a fit looks back on, three years; fixed, so that stores of one shard do not change each other's fit."""
SHORT_HISTORY_DAYS = 200
"""Trading days below which a store is refitted every `SHORT_HISTORY_REFIT_DAYS`."""
SHORT_HISTORY_REFIT_DAYS = 7
"""Days between two fits of a store with a short history."""

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
YEAR_END_FROM = (11, 25)
"""Month and day from which on a year ends, with what is bought for Christmas."""
YEAR_ENDS_TO_SEE = 2
"""Ends of a year that are new to a chain: of the second it has seen one, whose days fell on other weekdays."""
HOLIDAY_APART = 0.25
"""How far stores differ on days near a holiday that a chain has not seen before, as a share of what they have in common
then, all of which is taken off (ADR 38, ADR 42)."""
WEEKLY_LEAST_WEEKS = 4
"""Weeks that a calendar must span to tell which weekdays are holidays: Christmas and New Year make two running."""
PROMOTION_NOISE = 0.03
"""How far (log) the stores of a retailer usually are off together without a promotion, on simulated worlds."""
PROMOTION_MOST_SPREADS = 2.0
"""Such spreads beyond which a day of a promotion's stores is no promotion's doing."""
MEDIAN_INFLATION = 1.57
"""Variance of a median over that of a mean (normal distribution): π/2."""
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
PREVALENCE_HALF_LIFE_DAYS = 30.0
"""Age at which a day counts half in it: on four labelled chains one week's share says little of the next one's."""
PREVALENCE_WEEK_STORE_DAYS = 40.0
"""Independent store-days that a week is worth: its share of store-days with an event varies as much as its mean."""
PREVALENCE_USUAL = 0.09
"""That share in a chain of which nothing is known: 3 to 26 % on labelled and simulated ones, of which this is the
geometric mean."""
PREVALENCE_SPREAD = 1.0
"""Spread (log odds) of that share among chains, around `PREVALENCE_USUAL`."""
PREVALENCE_RANGE = (0.004, 0.6)
"""Between which it is believed."""
MIDDLING = (0.05, 0.2)
"""Scores at `BASE_RATE` that mostly quiet days have: how many do tells how restless quiet days are lately."""
CALM_RANGE = (0.2, 1.0)
"""Quiet days of such a score, or a high one, for each that the past had, that are believed; no more than the past's."""
AS_CALM = 0.5
"""Chance that quiet days are as calm as the past's, before anything was seen."""
CALM_SPREAD = 1.0
"""Spread (log) of that number among seasons, where they are calmer."""
ALONE_HALFWAY_Z = 5.0
"""Sigmas of a store's own deviation that are as likely as not an event, whatever the neighbours do."""
ALONE_STEEPNESS = 2.5
"""Log odds that a further sigma adds."""
SPREAD_APART = 1.5
"""How far apart (log) from the middle the spread of a store still counts, where a score is mapped."""
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

# ── Rules of the shipped classifier (anomaly/rules.py, run_wide.py, came_again.py, categories.py) ─────────────────────
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
CAME_AGAIN_RATIO = 2.0
"""How many times larger or smaller it may be than the last day of its name to be the same again."""
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
