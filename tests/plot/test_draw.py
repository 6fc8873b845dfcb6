"""Drawing on an image: the server as its attackers and its user see it, and the page in a real browser."""

from __future__ import annotations

import json
import socket
import threading
from http.client import HTTPConnection

import numpy as np
import pytest
from astropy.io import fits

import galens.array as aa
import galens.plot as aplt
from galens.errors import PlotError
from galens.plot.draw.server import DrawingServer
from galens.plot.draw.subject import MaskSubject, PositionsSubject
from tests.browser import Browser, browser

SHAPE = (40, 60)
SCALE = 0.1


@pytest.fixture(scope="module")
def image() -> aa.Array2D:
    values = np.random.default_rng(1).normal(0.0, 0.1, SHAPE)
    values[10, 20] = 50.0
    return aa.Array2D.no_mask(values, SCALE)


@pytest.fixture
def mask_server(image, tmp_path):
    with DrawingServer(MaskSubject(image, tmp_path / "mask.fits"), port=0) as server:
        yield server


@pytest.fixture
def positions_server(image, tmp_path):
    with DrawingServer(PositionsSubject(image, tmp_path / "positions.json"), port=0) as server:
        yield server


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


def ask(server: DrawingServer, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of the answer; the token is sent unless the headers say otherwise."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    given = {"X-Token": server.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request("GET" if body is None else "POST", path, body, given)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_mask_is_saved_as_fits(mask_server, tmp_path):
    flags = np.zeros(SHAPE, np.uint8)
    flags[3:5, 7] = 1
    status, said = ask(mask_server, "/save", flags.tobytes())
    assert (status, said) == (200, b"Saved to mask.fits: 2 of 2400 pixels are excluded.")
    np.testing.assert_array_equal(fits.getdata(tmp_path / "mask.fits"), flags)
    np.testing.assert_array_equal(aa.Mask2D.from_fits(tmp_path / "mask.fits", SCALE).array, flags > 0)
    assert ask(mask_server, "/start") == (200, flags.tobytes())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mask.fits"]


def test_mask_keeps_the_sky_coordinates_of_the_image(image, tmp_path):
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 30.0, "CRPIX2": 20.0, "CRVAL1": 150.0})
    placed = aa.Array2D(image.values, image.mask, header)
    MaskSubject(placed, tmp_path / "mask.fits").save(bytes(2400))
    written = fits.getheader(tmp_path / "mask.fits")
    assert (written["CTYPE1"], written["CRPIX1"], written["CRVAL1"]) == ("RA---TAN", 30.0, 150.0)
    assert written["PIXSCAY"] == SCALE


def test_positions_are_saved_as_pairs_of_arcsec(positions_server, tmp_path):
    assert ask(positions_server, "/save", b"[[20.0, 30.0], [0.5, 59.5]]")[0] == 200
    assert json.loads((tmp_path / "positions.json").read_text()) == [[0.0, 0.0], [1.95, 2.95]]
    assert json.loads(ask(positions_server, "/start")[1]) == pytest.approx(np.array([[20.0, 30.0], [0.5, 59.5]]))


@pytest.mark.parametrize(
    ("sent", "words"),
    [(bytes(10), "2400 pixels"), (bytes([2]) * 2400, "0 and 1"), (bytes([1]) * 2400, "at least one")],
    ids=["wrong shape", "other numbers", "everything excluded"],
)
def test_what_is_no_mask_is_refused(mask_server, tmp_path, sent, words):
    status, said = ask(mask_server, "/save", sent)
    assert status == 400
    assert words in said.decode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sent", [b"{", b"[[1, 2, 3]]", b"[[1, null]]", b'[["a", 1]]', b"[[NaN, 1]]", b"[[-1, 5]]", b"[[5, 61]]", b"\xff"]
)
def test_what_are_no_positions_is_refused(positions_server, tmp_path, sent):
    assert ask(positions_server, "/save", sent)[0] == 400
    assert list(tmp_path.iterdir()) == []


def test_more_than_a_mask_is_not_even_read(mask_server):
    assert ask(mask_server, "/save", bytes(2401))[0] == 413


@pytest.mark.parametrize("path", ["/", "/pixels", "/start", "/save"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Token": "guessed"},
        {"X_Token": ""},
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
    ids=["wrong token", "no token", "another name", "another origin", "an origin that hides"],
)
def test_only_the_users_own_page_is_answered(mask_server, tmp_path, path, headers):
    body = bytes(2400) if path == "/save" else None
    assert ask(mask_server, path, body, **headers)[0] == 403
    assert list(tmp_path.iterdir()) == []


def test_a_forwarded_port_is_answered(mask_server):
    forwarded = {"Host": "localhost:9999", "Origin": "http://localhost:9999"}
    assert ask(mask_server, "/save", bytes(2400), **forwarded)[0] == 200


def test_port_is_open_on_this_machine_alone(mask_server):
    assert mask_server._server.server_address[0] == "127.0.0.1"
    assert mask_server.address.startswith("http://127.0.0.1:")


def test_next_port_is_taken_where_one_is_in_use(image, tmp_path):
    with (
        DrawingServer(MaskSubject(image, tmp_path / "a.fits"), port=0) as first,
        DrawingServer(MaskSubject(image, tmp_path / "b.fits"), port=first.port) as second,
    ):
        assert first.port < second.port < first.port + 20


def test_no_free_port_is_an_error(image, tmp_path, monkeypatch):
    def refused(*arguments):
        raise OSError("in use")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(PlotError, match="all in use"):
        DrawingServer(MaskSubject(image, tmp_path / "mask.fits"), port=8642)


def test_unknown_places_do_not_exist(mask_server):
    assert ask(mask_server, "/../etc/passwd")[0] == 404
    assert ask(mask_server, "/other", b"")[0] == 404


def test_file_of_another_shape_is_not_gone_on_with(image, tmp_path):
    aa.Mask2D.all_false((5, 5), SCALE).output_to_fits(tmp_path / "mask.fits")
    with pytest.raises(PlotError, match=r"shape \(5, 5\)"):
        MaskSubject(image, tmp_path / "mask.fits")


@pytest.mark.parametrize("text", ["no json", "[1, 2]", '{"a": 1}'])
def test_file_without_positions_is_not_gone_on_with(image, tmp_path, text):
    (tmp_path / "positions.json").write_text(text)
    with pytest.raises(PlotError, match=r"no list of \[y, x\]"):
        PositionsSubject(image, tmp_path / "positions.json")


def test_only_an_image_with_pixel_scales_can_be_drawn_on(tmp_path):
    with pytest.raises(PlotError, match="Array2D"):
        aplt.draw_mask(np.zeros(SHAPE), tmp_path / "mask.fits")


def test_function_returns_what_was_saved_when_the_user_is_done(image, tmp_path, capsys, monkeypatch):
    servers = []
    monkeypatch.setattr(DrawingServer, "run", lambda server: servers.append(server) or original(server))
    threading.Timer(0.5, lambda: _save_and_end(servers)).start()
    positions = aplt.draw_positions(image, tmp_path / "positions.json", port=0, open_browser=False)
    np.testing.assert_allclose(positions, [[0.0, 0.0]])
    assert "ssh -N -L" in capsys.readouterr().err


original = DrawingServer.run


def _save_and_end(servers: list[DrawingServer]) -> None:
    ask(servers[0], "/save", b"[[20.0, 30.0]]")
    ask(servers[0], "/done", b"")


# The page


def opened(chromium: Browser, server: DrawingServer, width: int = 1000) -> None:
    chromium.errors.clear()
    chromium.resize(width, 700)
    chromium.open(server.address)
    chromium.wait_for("document.body.dataset.ready === 'yes'")


def place(chromium: Browser, row: float, column: float) -> tuple[float, float]:
    """Where a pixel is in the window."""
    x, y = chromium.evaluate(
        f"(() => {{ const b = canvas.getBoundingClientRect(), p = toScreen({row}, {column});"
        "return [b.left + p[0], b.top + p[1]]; })()"
    )
    return x, y


def stroke(chromium: Browser, *places: tuple[float, float], **options) -> None:
    """Press at the first place, move over the others, release."""
    chromium.mouse("mousePressed", *places[0], **options)
    for each in places[1:]:
        chromium.mouse("mouseMoved", *each, **options)
    chromium.mouse("mouseReleased", *places[-1], **options)


def click(chromium: Browser, name: str) -> None:
    chromium.evaluate(f"document.getElementById('{name}').click()")


def saved(chromium: Browser) -> None:
    click(chromium, "save")
    chromium.wait_for("document.getElementById('said').textContent.startsWith('Saved')")


def test_mask_is_drawn_by_mouse(chromium, mask_server, tmp_path):
    opened(chromium, mask_server)
    chromium.evaluate("element('brush').value = 3")
    stroke(chromium, place(chromium, 5.5, 10.5), place(chromium, 5.5, 20.5))
    chromium.evaluate("document.querySelector('input[value=circle]').click()")
    stroke(chromium, place(chromium, 25.0, 40.0), place(chromium, 25.0, 48.0))
    saved(chromium)
    flags = fits.getdata(tmp_path / "mask.fits") > 0
    expected = np.zeros(SHAPE, bool)
    rows, columns = np.indices(SHAPE) + 0.5
    expected |= np.hypot(rows - 25.0, columns - 40.0) <= 8.0
    assert np.array_equal(flags[15:], expected[15:])
    assert flags[5, 10:21].all()
    assert not flags[9:15].any()
    assert chromium.errors == []
    click(chromium, "undo")
    saved(chromium)
    assert not fits.getdata(tmp_path / "mask.fits")[15:].any()


def test_positions_are_added_moved_and_removed_by_mouse(chromium, positions_server, tmp_path):
    opened(chromium, positions_server)
    stroke(chromium, place(chromium, 30.0, 15.0))
    stroke(chromium, place(chromium, 30.0, 15.0), place(chromium, 28.0, 20.0), place(chromium, 25.0, 30.0))
    chromium.evaluate("element('snap').value = 4")
    stroke(chromium, place(chromium, 12.2, 22.7))
    chromium.evaluate("element('snap').value = 0")
    stroke(chromium, place(chromium, 35.0, 50.0))
    stroke(chromium, place(chromium, 35.0, 50.0), button="right")
    saved(chromium)
    first, second = json.loads((tmp_path / "positions.json").read_text())
    assert first == pytest.approx([-0.5, 0.0], abs=0.02)
    assert second == pytest.approx([0.95, -0.95])  # the bright pixel
    assert chromium.errors == []


def test_wheel_zooms_about_the_pointer(chromium, mask_server):
    opened(chromium, mask_server)
    x, y = place(chromium, 10.0, 50.0)
    before = chromium.evaluate("view.scale")
    chromium.mouse("mouseWheel", x, y, deltaX=0, deltaY=-500)
    chromium.wait_for(f"view.scale > {1.5 * before}")
    assert place(chromium, 10.0, 50.0) == pytest.approx((x, y), abs=2.0)  # the pointer is at whole pixels


def test_page_is_usable_on_a_narrow_screen(chromium, mask_server):
    opened(chromium, mask_server, width=360)
    assert chromium.evaluate("document.documentElement.scrollWidth") <= 360
    assert chromium.evaluate("canvas.getBoundingClientRect().height") > 300
    assert chromium.errors == []
