"""What can be asked of a model: its parameters, where they stand and what they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from galens.errors import ModelError
from galens.fit.model.node import Leaf, Node, Path, revision, suggestion, walk
from galens.fit.model.parameters import ParameterTable, component_path
from galens.fit.model.prior import Prior
from galens.fit.notation import Notation

__all__ = ["Queries"]

T = TypeVar("T")


class Queries(Node):
    """A node that answers questions; the order of parameters is always that of the vector."""

    def _repr_html_(self) -> str:
        from galens.fit.notebook import model_html

        return model_html(self)

    def _once(self, name: str, compute: Callable[[], T]) -> T:
        """What `compute` gives, kept until any model changes."""
        if self._computed[0] != revision():
            self._computed = (revision(), {})
        kept = self._computed[1]
        if name not in kept:
            kept[name] = compute()
        return kept[name]

    @property
    def _table(self) -> ParameterTable:
        return self._once("table", lambda: ParameterTable.of(self))

    @property
    def prior_count(self) -> int:
        """Number of free parameters; a prior that stands in several places counts once."""
        return len(self._table.priors)

    @property
    def total_free_parameters(self) -> int:
        """The same as `prior_count`."""
        return self.prior_count

    @property
    def priors_ordered_by_id(self) -> list[Prior]:
        """The priors in the order of the parameter vector."""
        return list(self._table.priors)

    @property
    def paths(self) -> list[Path]:
        """All paths to priors: parameter by parameter, with one path for each place where it stands."""
        return [path for places in self._table.paths for path in places]

    @property
    def all_paths(self) -> list[tuple[Path, ...]]:
        """Per parameter all paths to it."""
        return list(self._table.paths)

    @property
    def unique_prior_paths(self) -> list[Path]:
        """Per parameter one path: the last of its places."""
        return self._table.unique_paths

    @property
    def path_priors_tuples(self) -> list[tuple[Path, Prior]]:
        """Path and prior of every place in which a prior stands, in the order of the tree."""
        return [(each.path, each.value) for each in walk(self) if isinstance(each.value, Prior)]

    @property
    def parameter_names(self) -> list[str]:
        """The last name of each parameter's path."""
        return [path[-1] for path in self._table.unique_paths]

    @property
    def model_component_and_parameter_names(self) -> list[str]:
        """Each parameter's path, dotted and without the names of tuples: ``galaxies.lens.bulge.centre_0``."""
        return [".".join(component_path(self, path)) for path in self._table.unique_paths]

    @property
    def notation(self) -> list[Notation]:
        """How each parameter is called and written: its names, symbol and unit."""
        from galens.config.notation import label_of, unit_of

        table = self._table
        found = []
        for path, owner in zip(table.names, table.owners, strict=True):
            cls = owner[0] if owner is not None else None
            shown = component_path(self, path)
            above = ".".join(shown[:-1][-2:])
            name = path[-1]
            found.append(Notation(".".join(path), ".".join(shown), label_of(name, cls), above, unit_of(name, cls)))
        return found

    @property
    def parameter_labels(self) -> list[str]:
        """LaTeX symbol of each parameter, from the configuration's notation; else the first letter of its name."""
        return [each.symbol for each in self.notation]

    @property
    def superscripts(self) -> list[str]:
        """Where each parameter belongs, to write beside its symbol: ``lens.bulge``, the last two names above it."""
        return [each.superscript for each in self.notation]

    @property
    def parameter_labels_with_superscripts_latex(self) -> list[str]:
        """Symbols for figures: ``$\\epsilon_{\\rm 1}^{\\rm lens.bulge}$``."""
        return [each.latex for each in self.notation]

    def path_for_prior(self, prior: Prior) -> Path:
        """The first path to a prior.

        Raises:
            ModelError: it is not in the model.
        """
        return self.all_paths_for_prior(prior)[0]

    def all_paths_for_prior(self, prior: Prior) -> tuple[Path, ...]:
        """All paths to a prior.

        Raises:
            ModelError: it is not in the model.
        """
        if prior not in self._table.priors:
            raise ModelError(f"the prior {prior!r} is not a parameter of the model.")
        return self._table.paths[self._table.priors.index(prior)]

    def object_for_path(self, path: tuple[str | int, ...] | str) -> Any:
        """The part of the model at a path, such as ``("galaxies", "lens", "bulge")`` or ``"galaxies.lens.bulge"``.

        Raises:
            ModelError: there is none.
        """
        node, key = self._place(path)
        return node._items[key]

    def models_with_type(self, cls: type | tuple[type, ...], include_zero_dimension: bool = False) -> list[Any]:
        """The models of a class, or of its subclasses, anywhere in this one.

        Args:
            cls: class, or tuple of classes.
            include_zero_dimension: also those without free parameters.
        """
        found = []
        for each in dict.fromkeys(self._nodes()):
            made = getattr(each, "_cls", None)
            is_of_class = isinstance(made, type) and issubclass(made, cls)
            if is_of_class and isinstance(each, Queries) and (include_zero_dimension or each.prior_count):
                found.append(each)
        return found

    @property
    def info(self) -> str:
        """The model in words: number of free parameters, the tree of components, and every parameter.

        Numbers in brackets are places in the parameter vector; equal brackets are the same parameter.
        """
        from galens.fit.model.info import info_of

        return info_of(self)

    @property
    def parameterization(self) -> str:
        """The tree of components with their classes and numbers of free parameters."""
        from galens.fit.model.info import parameterization_of

        return parameterization_of(self)

    def _leaves(self) -> list[Leaf]:
        return list(walk(self))

    def _place(self, path: tuple[str | int, ...] | str) -> tuple[Node, str]:
        """The node that holds the end of a path, and the name there."""
        keys = path.split(".") if isinstance(path, str) else path
        place: tuple[Node, str] | None = None
        current: Any = self
        for key in keys:
            items = getattr(current, "_items", {})
            name = (list(items)[key] if -len(items) <= key < len(items) else str(key)) if isinstance(key, int) else key
            holder = current._holder(name) if isinstance(current, Node) else current
            if holder is None or name not in getattr(holder, "_items", {}):
                dotted = ".".join(map(str, keys))
                raise ModelError(f"there is no '{dotted}' in the model: no '{name}'.{suggestion(name, items)}")
            place = (holder, name)
            current = holder._items[name]
        if place is None:
            raise ModelError("an empty path names no part of the model.")
        return place
