"""Parameters of the evidence that the cause model weighs: what each is, its unit and its source.

The weights are trained (`mrs train causes`, a conditional logit) and live in `artifacts/`. A value without a source
was set by hand; `python -m benchmarks.attribution` measures the whole.
"""

from __future__ import annotations

RULES = 44
"""The ADR that last changed the rules by which features are made and weights' answers corrected; as every constant
here it is part of the cause model's version."""
WINDOW_DAYS = 42
"""Days up to the tick over which events and signals are compared."""
PRE_DAYS = 10
"""Days before an onset that count as its pre-period."""
LOOK_BACK_FROM_ONSET = 10
"""Days before a deviation was found in which its onset is sought."""
BEGAN_DAYS = 3
"""Days before an event was found from which it may be taken out of the sales."""
BEGAN_PRIOR = 0.03
"""Odds that an event began on one given day before it was found, against the day on which it was, before sales are
looked at: low, since to take chance out of a quiet day costs as much as to leave an event's first day in."""
ONSET_DAYS = 4
"""Days around an onset within which a signal's rise may belong to it."""
USUAL_DAYS = 49
"""Days before a day that tell what is usual for a signal: seven weeks, each weekday seven times."""
SEASON_FOLLOWED = 0.7
"""Share of a trend over these weeks that goes on, for signals that move with the season: the rest is chance. Against
the seasons of three real countries' temperatures, 0.7 errs by 1.2 to 2.4 degrees, their median alone by 3.0 to 3.2."""
LEAST_ELSEWHERE = 5
"""Regions with a temperature from which their median tells what they share."""
RUN_DAYS = 3
"""Days whose mean counts beside each day by itself, for signals that scatter from day to day."""
LEAST_KNOWN_DAYS = 7
"""Known days of a signal below which nothing is usual yet."""
PRICE_RANGE = (0.05, 0.95)
"""Quantiles of a price's past between which it is usual."""
PRICE_RANGE_LAG_DAYS = 14
"""Days before a day that are left out of that range, so that a new price does not become usual at once."""
CUT_DAYS = (35, 7)
"""Days of a promotion for which a cut is its own, until one that lasts is usual, and before it in which the price
without it is sought."""
DEEPEST_CUT = 0.95
"""Largest depth of a promotion that is believed, as a share of the price."""
LOOK_BACK_DAYS = 365
"""Days of the promotion calendar before the window that tell what is routine."""
ROUTINE_SHARE = 0.10
"""Share of days in promotion above which promotions of a scope begin to be routine."""

EXPOSED = 0.4
"""Mean activity, 0 to 1, from which a store counts as exposed to a signal (difference-in-differences)."""
LEAST_EFFECT = 0.08
"""Smallest effect (log) by which the effects of exposed stores are divided."""
FEW_CONTROLS = 5
"""Stores without exposure in an event's regions below which all regions serve as controls."""
CLEARLY = 3.5
"""Standard errors from which a signal counts as shifted over an event's days together."""
STEADY = (2.0, 5.0)
"""Standard errors from which a shift begins to count, and counts in full."""
STORE_DAY_NOISE = 0.1
"""Usual spread (log) of a store's day, for the error of an event's level."""
REGIONAL_NOISE = 0.04
"""Spread (log) of a day that the stores of an event share."""
CLEAR_PAUSE = 2.0
"""Log odds from which quiet days before a deviation are a pause between two events."""
FOUND_TOO_HIGH = 2.0
"""Standard errors by which a deviation that was just found may overstate the effect (the winner's curse)."""
FELL_TOO = (0.1, 0.3)
"""Mean fall (log), beyond twice its standard error, from which sales begin to have fallen too, and surely have."""
CHANCE_OF_TIES = 5.0
"""Values within one spread of a store's sales below which an equal earlier value says nothing."""
MOVED_WITH_EVENT = 0.25
"""Least share of what a report's sales moved that they moved on the days of its event."""
EXCLUSIVE = 0.1
"""Largest share of the stores of the rarer of two signals that saw both, if the two divide an event."""
DIVIDED = 0.8
"""Least share of an event's reports that saw one of two signals that divide it."""
LEAST_PART = 3
"""Reports that each part of a divided event has at least, and would share by chance."""

IGNORED_BY_ALL = 0.75
"""Share of exposed stores that did not move, from which those that moved did so for another reason."""
FAINT = 0.05
"""Strength of the best signal, 0 to 1, below which no signal outdoes another."""
BOTH_UP_SAYS = 0.6
"""Power of the odds between a cause and one that brings its signal, too (`BROUGHT_BY`), where both signals are up: 0.25
in simulated worlds where people talk about every campaign, and 1 where about none."""
DOSE_SAYS = 2.2
"""Log odds there for a dose that moved with the sales over the event's own days against one that did not."""
LATE_SAYS = 3.5
"""Log odds there against a signal that rose after the sales had moved: a cause comes before its effect. Both were
learned with that power on 48 such events of 23 worlds of both kinds (conditional logit, each event counting once), by a
script that was not kept."""
REACHED = 0.5
"""Share of an event's stores that saw a signal, from which it says all it can that those that saw it moved alike."""
LATE = 0.25
"""What is left of a signal that did not move near the onset: a cause does not come days after its effect."""

POOLING = 0.6
"""Share of the event's mean in a report's log odds: the reports of one event have one cause."""
CROWDED = 4.0
"""How fast log odds lose weight as other causes' signals are up beside the best one: the logarithm of the temperature
per unit of their mean activity. Learned on nine simulated worlds of both kinds (`cli/train/causes.py`)."""
USUAL_CROWD = 0.12
"""Mean activity of the other causes' signals at which the trained temperature holds. Set between 0.05, which the same
worlds say, and more than 0.2, which the labelled folder of 2014 says."""
FOLDS = 5
"""Folds of worlds in the calibration of the temperature (Guo et al. 2017, temperature scaling)."""
EVENTS_AGAINST = 30.0
"""Events without a share that count beside those of the worlds when shares are learned, about as many as these have.
Of the worlds' campaigns half are talked about by design; how many are elsewhere is not known. Set by hand."""
USUAL_PRIOR = 0.5
"""Inverse variance of what is learned of how often causes bring what looks so: of many events, little. Set by hand."""
LEAST_CHANCE = 0.01
"""Probability of the true cause below which being wrong costs a training no more: some labels are wrong themselves."""
FALLS_BY_CHANCE = 0.001
"""Reports of a fall that begin per store and day where nothing happens: half of a budget of 0.5 % of store-days, at two
and a half days each."""
COMPANY = 1.5
"""Logarithm by which each further fall of the region that began with a store's makes its own disruption less likely.
Set by hand: a disruption of 0.9 is one of 0.65 beside one other, and comes after `unknown` beside two."""
SILENCE_SAYS = 0.2
"""Power of the odds between `store_disruption` and `unknown`: only the silence of feeds, one witness, tells of them.
Set by hand: a store that sells 40 % less for four days is called disrupted at 0.6 at most."""
CHANCE_FITS = (0.3, 0.7)
"""Strength of a signal, 0 to 1, up to which its fit may be chance, and from which it hardly is. In 29 simulated worlds,
of rises that fitted the weather while nobody saw campaigns a third were campaigns' below 0.5, a hundredth above."""
LEAST_UNEXPLAINED = 0.02
"""Least share of what nothing seen explains that is left beside causes whose share somebody has set."""

USUAL_RANGE = 1.6449
"""Half the width of the usual range shown to people, in standard deviations: 90 % of normal days."""
QUIET_ACTIVITY = 0.15
"""Activity, 0 to 1, below which a sentence calls a signal usual."""
MOST_DIGITS = 4
"""Decimals that a signal's value has at most where people read it."""
