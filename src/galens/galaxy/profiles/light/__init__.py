"""Light profiles by family: what is one formula in `standard` is derived in the others."""
