"""The `model` section of a fit's YAML file: galaxies, their light and mass profiles, and priors of their parameters.

::

    model:
      galaxies:
        galaxy:
          redshift: 0.5
          bulge:
            class: lp.Sersic
            sersic_index: {type: Uniform, lower_limit: 0.8, upper_limit: 8.0}   # a prior, as in config/priors
            centre: [0.0, 0.0]                                                  # fixed
          disk:
            class: lp.Exponential
            centre: galaxies.galaxy.bulge.centre                                # the same as another parameter
          halo: lp.Sersic                                                       # default priors
          mass: mp.Isothermal                                                   # bends the light of what is behind
          stars: {class: mge, mask_radius: 3.0, total_gaussians: 20}            # ag.model_util.mge_model_from
      dataset_model: {background_sky_level: {type: Gaussian, mean: 0.0, sigma: 0.1}}
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from galens import array as aa
from galens import fit as af
from galens import galaxy as ag
from galens.cli.section import Section, is_number
from galens.config.documents import did_you_mean
from galens.config.priors import prior_entry_from
from galens.errors import ConfigError
from galens.fit.model.priors import PRIORS
from galens.fit.model.width import width_modifier_from

__all__ = ["PROFILES", "has_mass", "model_from", "profile_named"]

FAMILIES = ("lp", "lp_linear", "lp_operated", "lp_linear_operated", "lp_snr", "mp", "lmp", "lmp_linear")


def _is_parametric(cls: Any) -> bool:
    """Whether a name is that of a profile which numbers describe: no base class, no table of pixels."""
    if not isinstance(cls, type) or inspect.isabstract(cls):
        return False
    return all(each.default is not inspect.Parameter.empty for each in inspect.signature(cls).parameters.values())


PROFILES: dict[str, type] = {
    f"{family}.{name}": getattr(getattr(ag, family), name)
    for family in FAMILIES
    for name in getattr(ag, family).__all__
    if _is_parametric(getattr(getattr(ag, family), name))
}
"""Names as in Python -> light and mass profiles."""

EXPANSION = "mge"
"""Name of a multi-Gaussian expansion, in place of a class."""

EXPANSION_ARGUMENTS = tuple(inspect.signature(ag.model_util.mge_model_from).parameters)


def profile_named(name: str) -> type:
    """The profile of a name such as ``lp.Sersic``.

    Raises:
        ConfigError: there is none; suggests the nearest.
    """
    if name not in PROFILES:
        raise ConfigError(
            f"no profile is called '{name}'.{did_you_mean(name, PROFILES)} Allowed: {', '.join(PROFILES)}."
        )
    return PROFILES[name]


def has_mass(model: af.Collection) -> bool:
    """Whether a model has a mass profile, free or fixed."""
    return bool(model.models_with_type(ag.MassProfile, include_zero_dimension=True))


@dataclass(frozen=True)
class Link:
    """A parameter that is to be the same as another one."""

    node: Any
    name: str
    target: str
    section: Section


def model_from(section: Section) -> af.Collection:
    """The model that a ``model`` section describes.

    Raises:
        ConfigError: a class, a parameter or a prior is unknown or wrong; names the key and the nearest that is allowed.
    """
    links: list[Link] = []
    galaxies = section.section("galaxies", required=True)
    parts: dict[str, Any] = {
        "galaxies": af.Collection(
            **{
                name: _galaxy(Section(content, section.file, galaxies.below(name)), links)
                for name, content in galaxies.rest()
            }
        )
    }
    if not parts["galaxies"]:
        raise galaxies.error("has no galaxy")
    if "dataset_model" in section:
        parts["dataset_model"] = _component(aa.DatasetModel, section.section("dataset_model"), links)
    section.finish()
    model = af.Collection(**parts)
    for _ in links:  # a link may lead to a link: as many passes as a chain can be long
        for link in links:
            _tie(model, link)
    with section.naming():  # what is fixed must be possible; traced, so that priors are not asked for a value
        jax.eval_shape(model.program.instance, jnp.zeros(model.program.n))
    return model


def _galaxy(section: Section, links: list[Link]) -> af.Model:
    redshift = section.take("redshift", (float, int, dict), 0.5)
    profiles = {}
    for name, content in section.rest():
        if isinstance(content, str):
            content = {"class": content}
        component = Section(content, section.file, section.below(name))
        chosen = component.choice("class", [*PROFILES, EXPANSION])
        if chosen == EXPANSION:
            profiles[name] = _expansion(component)
        else:
            profiles[name] = _component(PROFILES[chosen], component, links)
    with section.naming():
        model = af.Model(ag.Galaxy, redshift=0.5, **profiles)
    _assign(model, "redshift", redshift, section, links)
    return model


def _expansion(section: Section) -> af.Model:
    """A multi-Gaussian expansion; keys are the arguments of `mge_model_from`."""
    arguments: dict[str, Any] = {}
    for name, content in section.rest():
        if name not in EXPANSION_ARGUMENTS:
            raise section.error(
                f"is unknown.{did_you_mean(name, EXPANSION_ARGUMENTS)} Allowed: {', '.join(EXPANSION_ARGUMENTS)}", name
            )
        arguments[name] = tuple(content) if isinstance(content, list) else content
    if "mask_radius" not in arguments:
        raise section.error("is missing: the largest width of a Gaussian, in arcsec", "mask_radius")
    with section.naming():
        return ag.model_util.mge_model_from(**arguments)


def _component(cls: type, section: Section, links: list[Link]) -> af.Model:
    with section.naming():
        model = af.Model(cls)
    for name, content in section.rest():
        _assign(model, name, content, section, links)
    return model


def _assign(model: Any, name: str, content: Any, section: Section, links: list[Link]) -> None:
    with section.naming(name):
        getattr(model, name)  # an unknown name is an error that suggests the right one
    if isinstance(content, str):
        links.append(Link(model, name, content, section))
        return
    if isinstance(content, list):
        value: Any = tuple(_value(each, section, f"{name}[{number}]") for number, each in enumerate(content))
    else:
        value = _value(content, section, name)
    with section.naming(name):
        setattr(model, name, value)


def _value(content: Any, section: Section, key: str) -> Any:
    if is_number(content):
        return float(content)
    if isinstance(content, Mapping):
        entry = prior_entry_from(content, f"{section.file}: {section.below(key)}")
        if entry.type == "Constant":
            return entry.arguments["value"]
        width = None if entry.width_modifier is None else width_modifier_from(entry.width_modifier)
        return PRIORS[entry.type](**entry.arguments, width_modifier=width)
    raise section.error(
        f"is {content!r}, but must be a number, a prior {{type: ..., ...}}, a list of these for a pair, or the name of "
        f"another parameter, such as galaxies.galaxy.bulge.centre",
        key,
    )


def _tie(model: af.Collection, link: Link) -> None:
    node: Any = model
    passed: list[str] = []
    for each in link.target.split("."):
        children = list(getattr(node, "_items", {}))
        if each not in children:
            where = f"'{'.'.join(passed)}' has" if passed else "the model has"
            raise link.section.error(
                f"'{link.target}' is no parameter: {where} no '{each}'.{did_you_mean(each, children)} "
                f"It has: {', '.join(children) or 'nothing'}",
                link.name,
            )
        node = getattr(node, each)
        passed.append(each)
    with link.section.naming(link.name):
        setattr(link.node, link.name, node)
