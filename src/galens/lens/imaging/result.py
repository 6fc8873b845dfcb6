"""`ResultImaging`: the result of a fit of a lens to an image."""

from __future__ import annotations

from galens.galaxy.imaging import result
from galens.lens.tracer import Tracer

__all__ = ["ResultImaging"]


class ResultImaging(result.ResultImaging):
    """A `Result` that also knows the tracer of the best fit."""

    @property
    def max_log_likelihood_tracer(self) -> Tracer:
        """The tracer of largest likelihood; linear light has its solved intensity."""
        return self.max_log_likelihood_fit.tracer_linear_light_profiles_to_light_profiles
