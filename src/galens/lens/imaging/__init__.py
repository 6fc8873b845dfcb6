"""The fit of a lens to an image and its likelihood."""
