"""A cause model that surely disagrees with the mocked one: of each report it names the next cause in the list."""

from __future__ import annotations

import numpy as np
from mrs.attribution.features import CauseFeatures
from mrs.attribution.mocked import MockedCauseModel
from mrs.attribution.probabilities import Proposals


class ContraryCauseModel(MockedCauseModel):
    """The mocked model's probabilities, each given to the cause that follows."""

    def propose(self, features: CauseFeatures) -> Proposals:
        """Return the probabilities of the causes for each report."""
        found = super().propose(features)
        return Proposals(np.roll(found.confidence, 1, axis=1), found.weight)
