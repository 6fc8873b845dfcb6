"""Models of lenses from images alone, without values set by hand: the pipeline behind ``galens lens``."""
