"""Masks and positions drawn by mouse, in a browser, on an image that may be on another machine."""

from galens.plot.draw.functions import draw_mask, draw_positions

__all__ = ["draw_mask", "draw_positions"]
