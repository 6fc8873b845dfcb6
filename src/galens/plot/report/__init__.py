"""``report.html``: what a fit found, on one page that opens anywhere."""

from galens.plot.report.write import write_report

__all__ = ["write_report"]
