"""``galens lens``: a lens, or a folder of them, modelled from images alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from galens.errors import DatasetError

__all__ = ["model"]


def model(
    folder: Path | None,
    image: Path | None,
    noise: Path | None,
    psf: Path | None,
    mask: Path | None,
    pixel_scale: float | None,
    redshifts: tuple[float | None, float | None],
    radius: float | None,
    centre: tuple[float, float] | None,
    out: Path,
    power_law: bool,
    processes: int,
    as_json: bool,
) -> None:
    """Runs the pipeline and says what it found.

    Raises:
        DatasetError: files or options are missing, or do not fit together.
    """
    from galens.pipeline import Settings, model_lens, model_lenses, read_exposure
    from galens.runtime import limit_blas_threads

    limit_blas_threads()
    settings = Settings(power_law=power_law)

    def say(text: str) -> None:
        if not as_json:
            typer.echo(f"  {text}")

    if folder is not None:
        of_one: dict[str, object] = {
            "--image": image,
            "--noise": noise,
            "--psf": psf,
            "--mask": mask,
            "--centre": centre,
        }
        of_one |= dict(zip(("--redshift-lens", "--redshift-source"), redshifts, strict=True))
        given = [name for name, value in of_one.items() if value is not None]
        if given:
            raise DatasetError(f"a folder of lenses was given, and {', '.join(given)} of one lens: give either.")
        if not folder.is_dir():
            raise DatasetError(f"there is no folder '{folder}' (looked from '{Path.cwd()}').")
        rows = model_lenses(folder, out, pixel_scale, settings, radius, processes, say)
        plain = [{key: value for key, value in row.items() if key != "thumbnail"} for row in rows]
        typer.echo(json.dumps(plain) if as_json else "\n".join([*map(_line, rows), f"table: {out / 'index.html'}"]))
        return
    missing = [name for name, path in (("--image", image), ("--noise", noise), ("--psf", psf)) if path is None]
    if missing:
        raise DatasetError(f"one lens needs its files: {', '.join(missing)} missing (or give a folder of lenses).")
    if processes > 1:
        raise DatasetError("--processes is for a folder of lenses; one lens uses all cores by itself.")
    assert image is not None
    assert noise is not None
    assert psf is not None
    known = [each for each in redshifts if each is not None]
    if len(known) == 1 or (len(known) == 2 and not 0 < known[0] < known[1]):
        raise DatasetError("--redshift-lens and --redshift-source come together, the source behind the lens.")
    exposure = read_exposure(image, noise, psf, pixel_scale, mask, centre)
    name = out.name or image.stem
    _, summary = model_lens(exposure, out, name, tuple(known) if known else None, settings, radius, say)  # type: ignore[arg-type]
    if as_json:
        typer.echo(json.dumps({**summary, "report": str(out / "report.html")}))
        return
    typer.echo(_line(summary))
    for finding in summary["findings"]:
        typer.echo(f"  {finding}")
    typer.echo(f"report: {out / 'report.html'}")


def _line(row: dict[str, Any]) -> str:
    radius = row.get("einstein_radius")
    if row["verdict"] == "failed":
        return f"{row['name']}: failed, {row['findings'][0].removeprefix('bad: ')}"
    if radius is None:
        return f"{row['name']}: {row['verdict']}"
    error = max(row["einstein_radius_upper"] - radius, radius - row["einstein_radius_lower"])
    return f"{row['name']}: {row['verdict']}, effective Einstein radius {radius:.3f} +- {error:.3f} arcsec"
