"""Three galaxies of Hyper Suprime-Cam that are not lenses: what the pipeline says of them.

    python benchmarks/no_lenses.py --out DIR [gal1 ...]

None may be called a lens. Reports and stages are kept in DIR.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from galens.pipeline import exposure_from, model_lens
from galens.runtime import limit_blas_threads

DATA = Path(__file__).resolve().parents[2] / "shared" / "real" / "hsc"
PIXEL_SCALE = 0.168


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    limit_blas_threads()
    for name in arguments.names or ("gal1", "gal2", "gal3"):
        image, noise, psf, bad = (
            np.load(arguments.data / f"{name}_{kind}.npy").astype(float) for kind in ("im", "sig", "psf", "mask")
        )
        exposure = exposure_from(image, noise, psf, PIXEL_SCALE, mask=bad > 0)
        fit, summary = model_lens(exposure, arguments.out / name, name)
        print(f"{name}: {fit.verdict.answer}, {summary['seconds']:.0f} s", flush=True)
        for finding in summary["findings"]:
            print(f"  {finding}", flush=True)


if __name__ == "__main__":
    main()
