"""Commands and their options, and how errors are told: one paragraph, no traceback unless asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from galens import __version__
from galens.errors import GalensError

__all__ = ["app", "main"]

app = typer.Typer(
    name="galens",
    help="Models of the light of galaxies and of strong lenses, fitted to images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

drawing = typer.Typer(help="Draw a mask or positions on an image, in a browser.", no_args_is_help=True)
app.add_typer(drawing, name="draw")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Result = Annotated[
    Path, typer.Argument(help="Result folder, or a folder with one result below it.", show_default=False)
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def main() -> None:
    """Entry point of the `galens` command."""
    app(prog_name="galens")


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"galens {__version__}")
        raise typer.Exit


@app.command()
def fit(
    config: Annotated[Path, typer.Argument(help="YAML file: dataset, model and search.", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, print the model and how long a likelihood takes.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Folder of results, instead of the one in the file.", show_default=False)
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fit a model to an image, as a YAML file says."""
    with _errors_in_words(debug):
        from galens.cli.fit import fit_file

        fit_file(config, dry_run=dry_run, output=output, as_json=as_json)


@app.command()
def init(
    files: Annotated[
        list[Path], typer.Argument(help="FITS or NumPy files: data, noise map, PSF, mask.", show_default=False)
    ],
    config: Annotated[
        Path | None, typer.Option(help="YAML file to write; named after the data by default.", show_default=False)
    ] = None,
    band: Annotated[
        str | None, typer.Option(help="Of several images, the one whose EXTNAME, BAND or FILTER has it.")
    ] = None,
    pixel_scale: Annotated[
        float | None, typer.Option(help="Side of a pixel in arcsec, where no header says it.", min=1e-9)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the YAML file if it is there.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the YAML file of a first fit, from what FITS files and their headers say."""
    with _errors_in_words(debug):
        from galens.cli.initial import write_initial

        write_initial(files, config, band, pixel_scale, overwrite=overwrite, as_json=as_json)


@app.command()
def simulate(
    config: Annotated[Path, typer.Argument(help="YAML file: image, simulator, psf and model.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option(help="Folder of the FITS files, instead of the one in the file.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write FITS files of model galaxies, as a YAML file says."""
    with _errors_in_words(debug):
        from galens.cli.simulate import simulate_file

        simulate_file(config, output=output, overwrite=overwrite, as_json=as_json)


@app.command()
def lens(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of lenses: each a folder with image.fits, noise.fits, psf.fits.", show_default=False
        ),
    ] = None,
    image: Annotated[Path | None, typer.Option(help="FITS file of the image of one lens.", show_default=False)] = None,
    noise: Annotated[Path | None, typer.Option(help="FITS file of its noise map.", show_default=False)] = None,
    psf: Annotated[Path | None, typer.Option(help="FITS file of its PSF.", show_default=False)] = None,
    mask: Annotated[
        Path | None, typer.Option(help="FITS file; pixels that are not 0 do not count.", show_default=False)
    ] = None,
    pixel_scale: Annotated[
        float | None, typer.Option(help="Side of a pixel in arcsec, where no header says it.", min=1e-9)
    ] = None,
    redshift_lens: Annotated[float | None, typer.Option(help="For the mass.", min=0.0)] = None,
    redshift_source: Annotated[float | None, typer.Option(help="For the mass.", min=0.0)] = None,
    radius: Annotated[
        float | None, typer.Option(help="Of the circle that is fitted, arcsec; chosen from the data.", min=1e-9)
    ] = None,
    centre: Annotated[
        tuple[float, float] | None, typer.Option(help="y x of the lens galaxy, arcsec; found by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for stages, report and table.")] = Path("galens_lens"),
    power_law: Annotated[bool, typer.Option(help="Fit a power law after the isothermal lens.")] = True,
    processes: Annotated[int, typer.Option(help="Lenses of a folder modelled at the same time.", min=1)] = 1,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Model a strong lens, or a folder of them, from images alone."""
    with _errors_in_words(debug):
        from galens.cli.lens import model

        redshifts = (redshift_lens, redshift_source)
        model(
            folder, image, noise, psf, mask, pixel_scale, redshifts, radius, centre, out, power_law, processes, as_json
        )


@app.command()
def show(result: Result, as_json: Json = False, debug: Debug = False) -> None:
    """Print the numbers of a finished fit."""
    with _errors_in_words(debug):
        from galens.cli.show import show_result

        show_result(result, as_json=as_json)


@app.command()
def report(result: Result, as_json: Json = False, debug: Debug = False) -> None:
    """Write the report of a finished fit, one HTML file that opens without a network."""
    with _errors_in_words(debug):
        from galens.cli.show import write_report_of

        write_report_of(result, as_json=as_json)


@app.command()
def config(
    profile: Annotated[
        str | None, typer.Argument(help="A profile such as lp.Sersic: print its default priors.", show_default=False)
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Print the settings in force, or the default priors of a profile, and where each comes from."""
    with _errors_in_words(debug):
        from galens.cli.settings import show_priors, show_settings

        if profile is None:
            show_settings(as_json)
        else:
            show_priors(profile, as_json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for data, YAML file and results.")] = Path("galens_demo"),
    seed: Annotated[int, typer.Option(help="Of the noise and of the search.")] = 1,
    debug: Debug = False,
) -> None:
    """Simulate a galaxy as the Hubble Space Telescope sees it, fit it, and compare with the truth."""
    with _errors_in_words(debug):
        from galens.cli.demo import run_demo

        run_demo(folder, seed)


Image = Annotated[Path, typer.Argument(help="FITS or NumPy file of the image.", show_default=False)]
Hdu = Annotated[int, typer.Option(help="HDU of the image.")]
Scale = Annotated[
    float | None, typer.Option(help="Side of a pixel in arcsec, where the header does not say it.", min=1e-9)
]
Port = Annotated[int, typer.Option(help="Of the page; the next free one where it is taken.", min=0, max=65535)]


@drawing.command("mask")
def draw_mask(
    image: Image,
    output: Annotated[Path, typer.Option(help="FITS file of the mask; gone on with if it is there.")] = Path(
        "mask.fits"
    ),
    hdu: Hdu = 0,
    pixel_scale: Scale = None,
    port: Port = 8642,
    debug: Debug = False,
) -> None:
    """Draw a mask: excluded pixels become 1."""
    with _errors_in_words(debug):
        from galens.cli.draw import draw

        draw("mask", image, output, hdu, pixel_scale, port)


@drawing.command("positions")
def draw_positions(
    image: Image,
    output: Annotated[Path, typer.Option(help="JSON file of the positions; gone on with if it is there.")] = Path(
        "positions.json"
    ),
    hdu: Hdu = 0,
    pixel_scale: Scale = None,
    port: Port = 8642,
    debug: Debug = False,
) -> None:
    """Click positions: a list of [y, x] in arcsec."""
    with _errors_in_words(debug):
        from galens.cli.draw import draw

        draw("positions", image, output, hdu, pixel_scale, port)


@contextmanager
def _errors_in_words(debug: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _say("Stopped. The same command continues where it stopped.")
        raise typer.Exit(130) from None
    except GalensError as error:
        if debug:
            raise
        _say(f"Error: {error}")
        raise typer.Exit(1) from None
    except OSError as error:
        if debug:
            raise
        place = f" '{error.filename}'" if error.filename else ""
        _say(
            f"Error: the system refused a file{place}: {error.strerror or error}. See that there is space and "
            f"permission; a fit then goes on where it stopped."
        )
        raise typer.Exit(1) from None
    except Exception as error:
        if debug:
            raise
        _say(
            f"Internal error, {type(error).__name__}: {error} This is a fault of galens, not of your input; "
            f"please report it with the traceback that --debug shows."
        )
        raise typer.Exit(1) from None


def _say(message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr)
