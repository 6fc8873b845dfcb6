"""What a search returns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.errors import FitError, ModelError
from galens.fit.estimate import Estimate
from galens.fit.output.summary import result_text, table_text
from galens.fit.samples import Samples

if TYPE_CHECKING:
    from galens.fit.latent import Latent

__all__ = ["Result"]


class Result:
    """Samples, best fit, and models to begin the next search with.

    Args:
        samples: the samples of the posterior.
        model: the model that was fitted.
        analysis: the analysis that was fitted; None for a result that is read without its data.
        search_name: name of the search.
        path: the result folder, if one was written.
        diagnostics: what the search says of itself: seconds, evaluations, convergence.
    """

    def __init__(
        self,
        samples: Samples,
        model: Any,
        analysis: Any = None,
        search_name: str | None = None,
        path: Path | None = None,
        diagnostics: Mapping[str, Any] | None = None,
    ) -> None:
        self.samples = samples
        self.model = model
        self._analysis = analysis
        self._read_analysis: Callable[[], Any] | None = None
        self.search_name = search_name
        self.path = path
        self.diagnostics: Mapping[str, Any] = MappingProxyType(dict(diagnostics or {}))

    @classmethod
    def from_folder(
        cls,
        path: str | os.PathLike[str],
        analysis: Any = None,
        packages: Sequence[str] = (),
        classes: Iterable[type] = (),
    ) -> Result:
        """The result in the folder of a finished fit; runs no code from it.

        It is of the class that the search returned. Fits of images are read whole, with their data; for an analysis of
        your own, pass it, or define `Analysis.from_folder`.

        Args:
            path: the folder, whose name is the identifier.
            analysis: the analysis that was fitted, where the folder does not hold its data.
            packages, classes: where classes of the model may come from besides galens, as of `Model.from_json`.

        Raises:
            FitError: the folder holds no finished fit.
            ModelError: the model has a class that is not allowed.
        """
        from galens.fit.model.abstract import AbstractModel
        from galens.fit.model.document import class_named
        from galens.fit.output.folder import ResultFolder
        from galens.fit.output.posterior import read_posterior

        folder = ResultFolder(Path(path))
        if not folder.is_complete:
            raise FitError(f"path = {path}: it holds no finished fit (no file .completed).")
        model = AbstractModel.from_json(folder / "model.json", packages, classes)
        samples = read_posterior(folder / "posterior.nc", model)
        name, said = folder.read_json("search.json")["name"], folder.read_json("result.json")["search"]
        if analysis is not None:
            return analysis.Result(samples, model, analysis, name, folder.path, said)
        document = folder.read_json("analysis.json")
        try:
            known = {f"{each.__module__}:{each.__qualname__}": each for each in classes}
            kind = class_named(document["class"], ("galens", *packages), known)
        except ModelError:  # a class of the user's own: the samples can be had without it
            return cls(samples, model, None, name, folder.path, said)
        result = kind.Result(samples, model, None, name, folder.path, said)
        result._read_analysis = partial(kind.from_folder, folder.path, document["settings"])
        return result

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(max log likelihood {self.log_likelihood:.3f}, {self.samples!r})\n"
            f"{table_text(self.samples.estimates())}"
        )

    def _repr_html_(self) -> str:
        from galens.fit.notebook import result_html

        return result_html(self)

    @property
    def analysis(self) -> Any:
        """The analysis that was fitted; None for a result whose folder does not hold its data."""
        if self._analysis is None and self._read_analysis is not None:
            self._analysis, self._read_analysis = self._read_analysis(), None
        return self._analysis

    @property
    def log_likelihood(self) -> float:
        """The largest log likelihood of all samples."""
        return float(np.max(self.samples.log_likelihood))

    @property
    def log_evidence(self) -> float | None:
        return self.samples.log_evidence

    @property
    def info(self) -> str:
        """The result in words: likelihood, evidence, parameters and latent variables with errors."""
        return result_text(self.samples, self.diagnostics, self.latent, self.data_unit)

    @cached_property
    def data_unit(self) -> str:
        """Unit of the data, as text; "" where it is not known."""
        if self.path is not None and (self.path / "result.json").exists():
            return str(json.loads((self.path / "result.json").read_text(encoding="utf-8"))["data_unit"])
        return "" if self.analysis is None else str(self.analysis.data_unit)

    @cached_property
    def latent(self) -> Latent | None:
        """Variables that follow from the parameters, for draws of the posterior; None where the analysis has none."""
        if self.path is not None and (self.path / "posterior.nc").exists():
            from galens.fit.output.posterior import read_latent

            return read_latent(self.path / "posterior.nc")
        from galens.fit.latent import latent_from

        return None if self.analysis is None else latent_from(self.model, self.analysis, self.samples)

    def estimates(self, sigma: float = 1.0) -> list[Estimate]:
        """Best value, median and limits of every parameter, then of every latent variable."""
        return self.samples.estimates(sigma) + ([] if self.latent is None else self.latent.estimates(sigma))

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
