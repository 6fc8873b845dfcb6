"""How profiles, galaxies and fits look in a notebook."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from galens import array as aa
from galens.array.notebook import mask_facts, picture
from galens.config.notation import DATA, label_of, unit_of
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.parameters import Profile
from galens.html import card, symbol_html, table, thumbnail

if TYPE_CHECKING:
    from galens.galaxy.galaxies import Galaxies
    from galens.galaxy.galaxy import Galaxy
    from galens.galaxy.imaging.abstract_fit import AbstractFitImaging

__all__ = ["fit_html", "galaxies_html", "galaxy_html", "profile_html"]

PIXELS = 101  # of the side of a thumbnail
RADII = 3.0  # half-light radii from the centre to the side of a thumbnail
HALF_SIDE = 3.0  # arcsec, where no radius is known


def profile_html(profile: LightProfile) -> str:
    below = table(("parameter", "", "value", "unit"), _parameters(profile))
    return card(type(profile).__name__, {}, _images(profile, [profile]), below)


def galaxy_html(galaxy: Galaxy) -> str:
    pictures = _images(galaxy, list(galaxy.light_profiles.values()))
    below = _components_table(galaxy.components)
    return card("Galaxy", {"redshift": f"{galaxy.redshift}"}, pictures, below)


def galaxies_html(galaxies: Galaxies) -> str:
    facts = {name: f"z = {galaxy.redshift}" for name, galaxy in zip(galaxies.names, galaxies, strict=True)}
    components = {
        f"{name}, {component}": value
        for name, galaxy in zip(galaxies.names, galaxies, strict=True)
        for component, value in galaxy.components.items()
    }
    return card("Galaxies", facts, _images(galaxies, galaxies.light_profiles), _components_table(components))


def fit_html(fit: AbstractFitImaging) -> str:
    pictures = [
        thumbnail(picture(fit.data), "data"),
        thumbnail(picture(fit.model_data), "model"),
        thumbnail(picture(fit.normalized_residual_map), "residual / noise", "difference"),
    ]
    facts = {
        **mask_facts(fit.mask),
        "log likelihood": f"{float(fit.log_likelihood):.3f}",
        "chi-squared": f"{float(fit.chi_squared):.1f} ({float(fit.reduced_chi_squared):.3f} per pixel)",
    }
    return card("FitImaging", facts, pictures)


def _components_table(components: Mapping[str, Any]) -> str:
    rows = []
    for name, component in components.items():
        title = f"<strong>{escape(name)}</strong> ({type(component).__name__})"
        rows.append((title, "", "", ""))
        rows += _parameters(component)
    return table(("parameter", "", "value", "unit"), rows) if rows else ""


def _parameters(component: Any) -> Iterator[tuple[str, str, str, str]]:
    """(name, symbol, value, unit) of each parameter of a profile; nothing of other components."""
    members = getattr(component, "members", (component,))
    if len(members) > 1:
        names = " and ".join(sorted({type(each).__name__ for each in members}))
        yield "consists of", "", f"{len(members)} {names}", ""
    if not isinstance(component, Profile):
        return
    cls = type(component)
    for field in dataclasses.fields(component):
        value = getattr(component, field.name)
        members = (
            {f"{field.name}_{index}": each for index, each in enumerate(value)} if isinstance(value, tuple) else {}
        )
        for name, number in (members or {field.name: value}).items():
            if np.ndim(number) == 0 and isinstance(number, (int, float, np.generic, np.ndarray, jax.Array)):
                unit = unit_of(name, cls)
                shown = "units of the data" if unit == DATA else unit
                yield name.replace("_", " "), symbol_html(label_of(name, cls)), f"{float(number):.6g}", shown


def _images(source: Any, profiles: list[LightProfile]) -> list[str]:
    """A thumbnail of the light, where it is of one set of parameters and has an intensity that is known."""
    linear = any(isinstance(each, LightProfileLinear) for profile in profiles for each in profile.members)
    if not profiles or linear or any(np.ndim(leaf) for leaf in jax.tree.leaves(source)):
        return []
    centres = np.array([[float(each) for each in profile.centre] for profile in profiles])
    radii = [_radius(profile) for profile in profiles]
    middle = centres.mean(axis=0)
    half = max(float(np.abs(centre - middle).max()) + radius for centre, radius in zip(centres, radii, strict=True))
    scale = 2 * half / PIXELS
    grid = aa.Grid2D.uniform(
        shape_native=(PIXELS, PIXELS), pixel_scales=scale, origin=tuple(middle), over_sample_size=1
    )
    image = picture(source.image_2d_from(grid=grid))
    return [thumbnail(image, f"{2 * half:.3g}″ wide, without PSF")]


def _radius(profile: LightProfile) -> float:
    """How far to look, arcsec."""
    radius = profile.half_light_radius
    far = RADII * float(radius) if radius is not None else HALF_SIDE
    return far if np.isfinite(far) and far > 0 else HALF_SIDE
