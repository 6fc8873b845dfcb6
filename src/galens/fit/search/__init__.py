"""Searches: adapters of samplers behind one protocol (`AbstractSearch`)."""

from galens.fit.search.base import AbstractSearch
from galens.fit.search.multi_start_lm import MultiStartLM
from galens.fit.search.nautilus import Nautilus
from galens.fit.search.nuts import NUTS

__all__ = ["NUTS", "AbstractSearch", "MultiStartLM", "Nautilus"]
