r"""Bridge sampling: the evidence from draws of a posterior (Meng & Wong 1996).

With draws 1 of the posterior and draws 2 of a normalised proposal, and l = posterior / proposal, the evidence is the
fixed point of

.. math:: Z = \frac{\langle l / (s_1 l + s_2 Z) \rangle_2}{\langle 1 / (s_1 l + s_2 Z) \rangle_1}

with s the shares of the (effective) numbers of draws. It has the smallest error of all estimates from both sets, and
is good where the two distributions overlap well.
"""

from __future__ import annotations

import numpy as np

__all__ = ["log_evidence"]

ITERATIONS = 1000
TOLERANCE = 1e-10


def log_evidence(of_posterior: np.ndarray, of_proposal: np.ndarray, effective: float) -> tuple[float, float]:
    """Logarithm of the evidence and its standard error.

    Args:
        of_posterior: (S,) log posterior (not normalised) less log proposal density, at draws of the posterior.
        of_proposal: (T,) the same at draws of the proposal; -inf where the posterior is zero.
        effective: number of independent draws that the S are worth.

    The error is that of Fruehwirth-Schnatter (2004), with draws of the posterior worth `effective`.
    """
    from scipy.special import logsumexp

    number = len(of_proposal)
    log_1, log_2 = np.log(effective / (effective + number)), np.log(number / (effective + number))
    value = float(np.median(of_posterior))
    for _ in range(ITERATIONS):
        above = of_proposal - np.logaddexp(log_1 + of_proposal, log_2 + value)
        below = -np.logaddexp(log_1 + of_posterior, log_2 + value)
        new = float(logsumexp(above) - np.log(number) - logsumexp(below) + np.log(len(of_posterior)))
        change, value = abs(new - value), new
        if change < TOLERANCE:
            break
    shares = [np.exp(above + value - np.max(above + value)), np.exp(below - np.max(below))]
    variances = [np.var(share) / np.mean(share) ** 2 for share in shares]
    return value, float(np.sqrt(variances[0] / number + variances[1] / effective))
