"""`Finding`: what a person should know of a fit, in a sentence."""

from galens.plot.report.words import Finding, number

__all__ = ["Finding", "number"]
