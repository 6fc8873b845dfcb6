import json
import os

import numpy as np
import pytest

from galens.config import conf
from galens.errors import SearchError
from galens.fit.output.atomic import read_arrays, write_arrays, write_json, write_text
from galens.fit.output.folder import ResultFolder, folder_for
from galens.fit.output.progress import Progress
from galens.fit.output.summary import interval_text


@pytest.fixture
def folder(tmp_path):
    folder = ResultFolder(tmp_path / "fit")
    folder.create()
    return folder


def test_file_that_fails_to_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(TypeError):
        write_text(path, 3)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"a": np.arange(3.0), "flag": np.array(True), "bytes": np.frombuffer(b"\x00\xff", np.uint8)}
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz")
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


def test_arrays_of_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(tmp_path / "a.npz", {"a": np.array([object()])})
    assert os.listdir(tmp_path) == []


def test_json_takes_numpy_numbers_and_infinities(tmp_path):
    write_json(tmp_path / "a.json", {"a": np.float64(1.5), "b": np.arange(2), 3: (np.inf, None, True), "p": tmp_path})
    document = json.loads((tmp_path / "a.json").read_text())
    assert document == {"a": 1.5, "b": [0, 1], "3": ["inf", None, True], "p": str(tmp_path)}


def test_folder_is_made_of_prefix_tag_name_and_identifier(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = ("imaging", "2024"), "slacs0737", "light", "0123"
    place = folder_for(os.path.join(*parts[0]), *parts[1:]).path
    assert place == conf.instance.output_path / "imaging" / "2024" / "slacs0737" / "light" / "0123"
    assert folder_for("imaging", None, None, "0123").path == conf.instance.output_path / "imaging" / "0123"


def test_without_name_and_prefix_nothing_is_written():
    assert folder_for(None, "tag", None, "0123") is None


def test_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SearchError, match="result folder"):
        ResultFolder(tmp_path / "file" / "fit").create()


def test_state_lives_until_the_fit_is_complete(folder):
    assert folder.read_state() is None
    folder.write_state({"a": np.arange(3)})
    np.testing.assert_array_equal(folder.read_state()["a"], [0, 1, 2])
    assert not folder.is_complete
    folder.complete()
    assert folder.is_complete
    assert folder.read_state() is None


def test_state_that_was_cut_gives_way_to_the_one_before(folder):
    for number in range(3):
        folder.write_state({"a": np.full(1000, number)})
    whole = (folder / "state.npz").read_bytes()
    for cut in (whole[: len(whole) // 2], whole[:10], b"", whole.replace(b"\2" + bytes(7), b"\3" + bytes(7), 5)):
        (folder / "state.npz").write_bytes(cut)
        assert folder.read_state()["a"][0] == 1
    (folder / "state.npz").unlink()
    assert folder.read_state()["a"][0] == 1
    (folder / "state.former.npz").write_bytes(b"")
    assert folder.read_state() is None
    assert folder.has_state


def test_what_a_killed_process_was_writing_is_removed(folder):
    (folder / ".staging.123").mkdir()
    (folder / ".staging.123" / "fit.fits").write_text("half")
    (folder / ".state.next.123.part.npz").write_text("half")
    (folder / "model.info").write_text("whole")
    with folder.locked(lambda message: None):
        pass
    assert sorted(os.listdir(folder.path)) == [".lock", "model.info"]


def test_staged_files_appear_together_at_the_end(folder):
    with folder.staged("image") as scratch:
        (scratch / "sub").mkdir()
        (scratch / "sub" / "a.png").write_text("a")
        assert not (folder / "image").exists()
    assert (folder / "image" / "sub" / "a.png").read_text() == "a"


def test_files_of_a_block_that_fails_are_dropped(folder):
    def fail():
        with folder.staged() as scratch:
            (scratch / "b.txt").write_text("b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert os.listdir(folder.path) == []


def test_log_file_gets_lines_now_and_then(capsys):
    with Progress("search") as progress:
        progress.update("one")
        progress.update("two")
        progress.say("end")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["search: one", "search: end"]


def test_silence_says_nothing(capsys):
    with Progress("search", silence=True) as progress:
        progress.update("one")
        progress.say("two")
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((1.20226, 1.17951, 1.21805), "1.2023 (1.1795, 1.2181)"),
        ((0.0, 0.0, 0.0), "0.0000 (0.0000, 0.0000)"),
        ((0.00123456, 0.0012300, 0.0012400), "0.0012346 (0.0012300, 0.0012400)"),
        ((3.2e9, 3.1e9, 3.3e9), "3.200000e+09 (3.100000e+09, 3.300000e+09)"),
    ],
)
def test_intervals_show_two_digits_of_the_error(interval, text):
    assert interval_text(*interval) == text
