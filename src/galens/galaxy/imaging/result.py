"""What a search of galaxies in an image returns."""

from __future__ import annotations

from galens.fit.result import Result
from galens.galaxy.galaxies import Galaxies

__all__ = ["ResultImaging"]


class ResultImaging(Result):
    """A result whose best fit has galaxies."""

    @property
    def max_log_likelihood_galaxies(self) -> Galaxies:
        """The galaxies of largest likelihood; linear light has its solved intensity."""
        return self.max_log_likelihood_fit.galaxies_linear_light_profiles_to_light_profiles
