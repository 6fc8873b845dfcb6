"""Models of the light and mass of galaxies and strong gravitational lenses.

The public names live in the rooms: ``galens.fit``, ``galens.array``, ``galens.galaxy``, ``galens.plot``.
"""

from galens import runtime

__version__ = "0.1.0"

runtime.set_up()
