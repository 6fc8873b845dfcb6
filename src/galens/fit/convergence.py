"""Whether chains have converged: rank-normalised R-hat, effective numbers of draws, divergences, energy.

Source: Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021) for R-hat and effective numbers (computed by ArviZ);
Betancourt (2016) for the energy (E-BFMI).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["LARGEST_R_HAT", "SMALLEST_BFMI", "Convergence"]

LARGEST_R_HAT = 1.01
SMALLEST_BFMI = 0.3


@dataclass(frozen=True)
class Convergence:
    """What a set of chains says of itself.

    Attributes:
        names: of the n parameters.
        r_hat: (n,) rank-normalised split R-hat: how much wider all chains together are than each alone; 1 at best.
        bulk, tail: (n,) effective number of draws for the median, and for the 5 % and 95 % quantiles.
        bfmi: (C,) share of the energy that a chain explores in one draw.
        divergences: transitions whose trajectory broke off because the energy ran away.
        draws: of all chains.
        wanted: effective number of draws that each parameter should have.
    """

    names: Sequence[str]
    r_hat: np.ndarray
    bulk: np.ndarray
    tail: np.ndarray
    bfmi: np.ndarray
    divergences: int
    draws: int
    wanted: float

    @classmethod
    def of(
        cls, names: Sequence[str], positions: np.ndarray, energy: np.ndarray, diverged: np.ndarray, wanted: float
    ) -> Convergence:
        """The convergence of C chains of D draws: positions (D, C, n), energy (D, C) and diverged (D, C)."""
        import arviz as az

        columns = np.moveaxis(positions, 2, 0).swapaxes(1, 2)

        def each(function: str, **options: str) -> np.ndarray:
            return np.array([float(getattr(az, function)(np.ascontiguousarray(c), **options)) for c in columns])

        return cls(
            names,
            each("rhat"),
            each("ess", method="bulk"),
            each("ess", method="tail"),
            np.atleast_1d(az.bfmi(np.ascontiguousarray(energy.T))),
            int(diverged.sum()),
            diverged.size,
            wanted,
        )

    @property
    def has_converged(self) -> bool:
        """R-hat below 1.01 and effective draws enough, in every parameter. What is not a number has not."""
        return bool(np.all(self.r_hat < LARGEST_R_HAT) and np.all(self._effective >= self.wanted))

    @property
    def _effective(self) -> np.ndarray:
        return np.minimum(self.bulk, self.tail)

    def sentence(self) -> str:
        """The verdict in words, the worst parameter named; then what else to worry about."""
        effective = self._effective
        worst, rarest = int(np.argmax(np.nan_to_num(self.r_hat, nan=np.inf))), int(np.argmin(np.nan_to_num(effective)))
        words = []
        if self.has_converged:
            words.append(
                f"converged: R-hat at most {self.r_hat[worst]:.3f}, at least {effective[rarest]:.0f} effective draws"
            )
        else:
            reasons = []
            if not self.r_hat[worst] < LARGEST_R_HAT:
                reasons.append(
                    f"R-hat {self.r_hat[worst]:.3f} for {self.names[worst]} (chains disagree above {LARGEST_R_HAT})"
                )
            if not effective[rarest] >= self.wanted:
                reasons.append(f"{effective[rarest]:.0f} of {self.wanted:.0f} effective draws for {self.names[rarest]}")
            words.append(f"not converged: {', '.join(reasons)}")
        if self.divergences:
            words.append(
                f"{self.divergences} of {self.draws} transitions diverged: near an edge or in a corner of the "
                "posterior that is narrower than the step, which may be missing from the samples"
            )
        if not np.all(self.bfmi >= SMALLEST_BFMI):
            words.append(
                f"E-BFMI {np.min(self.bfmi):.2f} (should be above {SMALLEST_BFMI}): the energy changes too "
                "slowly, the tails of the posterior may be too short"
            )
        return "; ".join(words)
