"""What a search returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from galens.errors import FitError
from galens.fit.output.summary import table_text
from galens.fit.samples import Samples

__all__ = ["Result"]


class Result:
    """Samples, best fit, and models to begin the next search with.

    Args:
        samples: the samples of the posterior.
        model: the model that was fitted.
        analysis: the analysis that was fitted; None for a result that is read without its data.
        search_name: name of the search.
        path: the result folder, if one was written.
        info: what the search says of itself: seconds, evaluations, diagnostics.
    """

    def __init__(
        self,
        samples: Samples,
        model: Any,
        analysis: Any = None,
        search_name: str | None = None,
        path: Path | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.samples = samples
        self.model = model
        self.analysis = analysis
        self.search_name = search_name
        self.path = path
        self.info: Mapping[str, Any] = MappingProxyType(dict(info or {}))

    @classmethod
    def from_folder(
        cls,
        path: str | os.PathLike[str],
        analysis: Any = None,
        packages: Sequence[str] = (),
        classes: Iterable[Callable[..., Any]] = (),
    ) -> Result:
        """The result in the folder of a finished fit; runs no code from it.

        Args:
            path: the folder, whose name is the identifier.
            analysis: the analysis that was fitted, if fits are wanted.
            packages, classes: where classes of the model may come from besides galens, as of `Model.from_json`.

        Raises:
            FitError: the folder holds no finished fit.
            ModelError: the model has a class that is not allowed.
        """
        from galens.fit.model.abstract import AbstractModel
        from galens.fit.output.folder import ResultFolder
        from galens.fit.output.posterior import read_posterior

        folder = ResultFolder(Path(path))
        if not folder.is_complete:
            raise FitError(f"path = {path}: it holds no finished fit (no file .completed).")
        model = AbstractModel.from_json(folder / "model.json", packages, classes)
        samples = read_posterior(folder / "posterior.nc", model)
        name, info = folder.read_json("search.json")["name"], folder.read_json("result.json")["search"]
        result = cls if analysis is None else analysis.Result
        return result(samples, model, analysis, name, folder.path, info)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(max log likelihood {self.log_likelihood:.3f}, {self.samples!r})\n"
            f"{table_text(self.samples)}"
        )

    def _repr_html_(self) -> str:
        from galens.fit.notebook import result_html

        return result_html(self)

    @property
    def log_likelihood(self) -> float:
        """The largest log likelihood of all samples."""
        return float(np.max(self.samples.log_likelihood))

    @property
    def log_evidence(self) -> float | None:
        return self.samples.log_evidence

    @cached_property
    def max_log_likelihood_instance(self) -> Any:
        return self.samples.max_log_likelihood()

    @property
    def instance(self) -> Any:
        """The instance of largest likelihood: assign from it to fix parameters of the next model."""
        return self.max_log_likelihood_instance

    @cached_property
    def max_log_likelihood_fit(self) -> Any:
        """The analysis' fit of the instance of largest likelihood."""
        if self.analysis is None:
            raise FitError("this result was read without its data: it has no fit.")
        if not hasattr(self.analysis, "fit_from"):
            raise FitError(f"{type(self.analysis).__name__} has no fit_from(instance): it does not say what a fit is.")
        return self.analysis.fit_from(self.max_log_likelihood_instance)

    @property
    def model_centred(self) -> Any:
        """The model with truncated Gaussian priors about the medians, of the width that each prior passes on."""
        return self.model.mapper_from_prior_means(means=self._medians)

    def model_centred_absolute(self, a: float) -> Any:
        """The same with sigma = `a`."""
        return self.model.mapper_from_prior_means(means=self._medians, a=a)

    def model_centred_relative(self, r: float) -> Any:
        """The same with sigma = `r` times the median."""
        return self.model.mapper_from_prior_means(means=self._medians, r=r)

    def model_centred_max_lh_bounded(self, b: float) -> Any:
        """The model with uniform priors within `b` of the point of largest likelihood."""
        return self.model.mapper_from_uniform_floats(floats=self.samples.max_log_likelihood(as_instance=False), b=b)

    @property
    def _medians(self) -> list[float]:
        return self.samples.median_pdf(as_instance=False)
