"""The prior of a parameter whose value an earlier fit has found."""

from __future__ import annotations

import math

from galens.config.priors import PriorEntry, prior_entry
from galens.errors import PriorError
from galens.fit.model.node import Owner
from galens.fit.model.prior import Prior
from galens.fit.model.priors import TruncatedGaussianPrior
from galens.fit.model.width import RelativeWidthModifier, WidthModifier, width_modifier_from

__all__ = ["passed_prior"]

DEFAULT_WIDTH = RelativeWidthModifier(0.5)
"""Where neither the prior nor the configuration says how wide a passed prior is."""


def passed_prior(
    prior: Prior,
    mean: float,
    owner: Owner | None,
    absolute: float | None = None,
    relative: float | None = None,
    no_limits: bool = False,
) -> TruncatedGaussianPrior:
    """The same parameter with a normal distribution about `mean`.

    Its width is `absolute`, or `relative` times the size of the mean, or what the prior's width modifier says, or the
    configuration's for the class and argument `owner`, or half the mean. Its limits are the configuration's ``limits``
    for the owner, or else those of the prior.

    Raises:
        PriorError: the width is 0, because the mean is and the width is relative without a floor.
    """
    entry = _entry(owner)
    modifier: WidthModifier = prior.width_modifier or DEFAULT_WIDTH
    if prior.width_modifier is None and entry is not None and entry.width_modifier is not None:
        modifier = width_modifier_from(entry.width_modifier)
    if absolute is not None:
        sigma = absolute
    elif relative is not None:
        sigma = relative * abs(mean)
    else:
        sigma = modifier(mean)
    if not sigma > 0.0:
        where = f" of {owner[1]}" if owner else ""
        raise PriorError(
            f"the prior{where} that is passed on has the width {sigma:g} at the mean {mean:g}. "
            "Give it an absolute width, or a relative one with absolute_floor."
        )
    if no_limits:
        limits = (-math.inf, math.inf)
    elif entry is not None and entry.limits is not None:
        limits = (entry.limits["lower"], entry.limits["upper"])
    else:
        limits = prior.limits
    return TruncatedGaussianPrior(mean, sigma, *limits).as_parameter(prior)


def _entry(owner: Owner | None) -> PriorEntry | None:
    return prior_entry(*owner) if owner is not None and isinstance(owner[0], type) else None
