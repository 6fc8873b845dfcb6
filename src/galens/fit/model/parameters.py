"""The table of a model's free parameters: priors in the order of the vector, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from galens.fit.model.node import Leaf, MissingPrior, Node, Owner, Path, walk
from galens.fit.model.prior import Prior
from galens.fit.model.tuple_prior import TuplePrior

__all__ = ["ParameterTable", "component_path"]


@dataclass(frozen=True)
class ParameterTable:
    """Free parameters in the order of the vector: that in which their priors were made.

    Attributes:
        priors: one per parameter.
        paths: per parameter all its places, in the order of the tree.
        names: per parameter the path that results are reported under: the last of its places, one where it stands
            itself rather than in the arithmetic of another parameter if there is one.
        owners: per parameter a class and argument that its default prior is configured for, or None.
        missing: leaves that still wait for a prior.
    """

    priors: tuple[Prior, ...]
    paths: tuple[tuple[Path, ...], ...]
    names: tuple[Path, ...]
    owners: tuple[Owner | None, ...]
    missing: tuple[Leaf, ...]

    @classmethod
    def of(cls, node: Any) -> ParameterTable:
        """The table of a part of a model."""
        leaves = list(walk(node))
        places: dict[Prior, list[Leaf]] = {}
        for each in leaves:
            if isinstance(each.value, Prior):
                places.setdefault(each.value, []).append(each)
        order = {each.path: index for index, each in enumerate(leaves)}
        priors = sorted(places, key=lambda prior: prior.id)
        return cls(
            tuple(priors),
            tuple(tuple(each.path for each in places[prior]) for prior in priors),
            tuple(
                max(places[prior], key=lambda each: (not each.is_operand, order[each.path])).path for prior in priors
            ),
            tuple(next((each.owner for each in places[prior] if each.owner), None) for prior in priors),
            tuple(each for each in leaves if isinstance(each.value, MissingPrior)),
        )

    @property
    def unique_paths(self) -> list[Path]:
        """One path per parameter: the last of its places."""
        return [each[-1] for each in self.paths]


def component_path(node: Node, path: Path) -> Path:
    """A path without the names of tuples: ``bulge.centre_0`` for ``bulge.centre.centre_0``."""
    kept = []
    current: Any = node
    for name in path:
        current = current._items[name]
        if not isinstance(current, TuplePrior):
            kept.append(name)
    return tuple(kept)
