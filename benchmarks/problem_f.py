"""Case F: deflections of one mass profile on 200x200 points, and what quadrature says. NumPy only."""

from __future__ import annotations

import numpy as np

SHAPE, PIXEL_SCALE = 200, 0.05
CENTRE = (0.013, 0.021)  # (y, x)
ELL_COMPS = (0.06, 0.08)
FLATTENING = float(np.hypot(*ELL_COMPS))
AXIS_RATIO = (1 - FLATTENING) / (1 + FLATTENING)
PARAMETERS = {
    "isothermal": {"einstein_radius": 1.6},
    "power law": {"einstein_radius": 1.6, "slope": 2.1},
    "NFW": {"kappa_s": 0.1, "scale_radius": 10.0},
    "gNFW": {"kappa_s": 0.1, "scale_radius": 10.0, "inner_slope": 1.3},
    "Sersic": {"intensity": 1.0, "effective_radius": 0.8, "sersic_index": 3.5},
    "Chameleon": {"intensity": 1.0, "core_radius_0": 0.05, "core_radius_1": 0.4},
    "dPIE": {"ra": 0.1, "rs": 3.0, "b0": 1.5},
}
CHECKED = slice(37, None, 997)


def points() -> np.ndarray:
    """(y, x) of the pixels, (40000, 2)."""
    axis = (np.arange(SHAPE) - (SHAPE - 1) / 2) * PIXEL_SCALE
    return np.stack(np.meshgrid(axis[::-1], axis, indexing="ij"), axis=-1).reshape(-1, 2)


def perturbed(parameters: dict[str, float], times: int = 8) -> list[dict[str, float]]:
    """The same parameters, but for a part in 1e-4: nothing can be remembered from one call to the next."""
    return [{name: value * (1 + 1e-4 * i) for name, value in parameters.items()} for i in range(times)]


def shape_of(profile: str, square: np.ndarray) -> np.ndarray:
    """The convergence up to a factor, of the squared major-axis radius."""
    p = PARAMETERS[profile]
    radius = np.sqrt(square)
    if profile in ("isothermal", "power law"):
        return radius ** (1 - p.get("slope", 2.0))
    if profile in ("NFW", "gNFW"):
        return _projected(radius / p["scale_radius"], p.get("inner_slope", 1.0))
    if profile == "Sersic":
        n = p["sersic_index"]
        b = (
            2 * n
            - 1 / 3
            + 4 / (405 * n)
            + 46 / (25515 * n**2)
            + 131 / (1148175 * n**3)
            - 2194697 / (30690717750 * n**4)
        )
        return np.exp(-b * (np.sqrt(AXIS_RATIO) * radius / p["effective_radius"]) ** (1 / n))
    if profile == "Chameleon":
        cores = [2 * p[name] / (1 + AXIS_RATIO) for name in ("core_radius_0", "core_radius_1")]
    else:
        cores = [p[name] * (1 + FLATTENING) for name in ("ra", "rs")]
    return 1 / np.sqrt(square + cores[0] ** 2) - 1 / np.sqrt(square + cores[1] ** 2)


def _projected(x: np.ndarray, slope: float) -> np.ndarray:
    """A density x^-slope (1 + x)^(slope - 3) along the line of sight."""
    step = np.arange(-5.2, 5.2, 0.05)
    depth = np.exp(np.pi / 2 * np.sinh(step))
    radius = np.hypot(x[..., None], depth * x[..., None])
    density = radius**-slope * (1 + radius) ** (slope - 3)
    return np.sum(0.05 * np.pi / 2 * np.cosh(step) * depth * x[..., None] * density, axis=-1)


def exact(profile: str) -> np.ndarray:
    """Deflections (y, x) at `CHECKED` points up to a factor: Schramm's integral by a double-exponential rule."""
    step = np.arange(-4.2, 4.2, 0.03)
    shells = 1 / (1 + np.exp(-np.pi * np.sinh(step)))
    weights = 0.03 * np.pi * np.cosh(step) * shells / (1 + np.exp(np.pi * np.sinh(step)))
    angle = 0.5 * np.arctan2(*ELL_COMPS)
    sine, cosine = np.sin(angle), np.cos(angle)
    y, x = (points()[CHECKED] - CENTRE).T
    along, across = x * cosine + y * sine, y * cosine - x * sine
    width = 1 - (1 - AXIS_RATIO**2) * shells
    parts = weights * shape_of(profile, shells * (along[:, None] ** 2 + across[:, None] ** 2 / width))
    along, across = along * np.sum(parts * width**-0.5, axis=1), across * np.sum(parts * width**-1.5, axis=1)
    return np.stack([along * sine + across * cosine, along * cosine - across * sine], axis=-1)


def error_of(profile: str, deflections: np.ndarray) -> float:
    """Largest error of deflections (y, x) at all points over their mean size. One factor is free: libraries normalise
    differently."""
    got, expected = np.asarray(deflections)[CHECKED], exact(profile)
    expected = expected * np.sum(got * expected) / np.sum(expected * expected)
    return float(np.max(np.hypot(*(got - expected).T)) / np.mean(np.hypot(*expected.T)))
