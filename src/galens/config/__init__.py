"""Settings, default priors and where files go: YAML in layers, workspace over user over package."""

from galens.config import conf
from galens.config.priors import PriorEntry, prior_entry

__all__ = ["PriorEntry", "conf", "prior_entry"]
