"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from declinit import files
from declinit.errors import DeclinitError
from declinit.files import replaced, same_file, write_text


def test_a_text_is_written_as_utf_8(tmp_path):
    path = tmp_path / "a.json"
    write_text(path, "größe\n")
    assert path.read_bytes() == "größe\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "a.json"
    write_text(path, "old, and longer")
    write_text(path, "new")
    assert path.read_text() == "new"


def test_a_file_has_the_mode_that_it_would_have_had_from_open(tmp_path):
    path, usual = tmp_path / "a.json", tmp_path / "usual"
    write_text(path, "")
    usual.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_the_file_to_write_to_has_the_suffix_of_the_target(tmp_path):
    with replaced(tmp_path / "model.keras") as beside:
        assert (beside.suffix, beside.parent) == (".keras", tmp_path)


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail():
        with replaced(path) as beside:
            beside.write_text("half of the n")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path):
    path = tmp_path / "none" / "a.json"
    with pytest.raises(DeclinitError) as caught:
        write_text(path, "")
    assert str(caught.value) == f"cannot write {str(path)!r}: no such file or directory [DI704]"


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path):
    path = tmp_path / "a.json"
    path.mkdir()
    with pytest.raises(DeclinitError) as caught:
        write_text(path, "")
    assert str(caught.value) == f"cannot write {str(path)!r}: is a directory [DI704]"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_link_keeps_leading_to_the_file_that_is_replaced(tmp_path):
    target, link = tmp_path / "a.json", tmp_path / "b.json"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "text")
    reader.join()
    assert (received, stat.S_ISFIFO(pipe.stat().st_mode)) == (["text"], True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
def test_a_device_is_written_to_and_stays_a_device():
    with pytest.raises(DeclinitError) as caught:
        write_text(Path("/dev/full"), "text")
    assert str(caught.value) == "cannot write '/dev/full': no space left on device [DI704]"
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_loop_of_links_cannot_be_written_to(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DeclinitError) as caught:
        write_text(tmp_path / "a", "")
    assert str(caught.value).startswith(f"cannot write {str(tmp_path / 'a')!r}: ")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "sub/../a", True),
        ("a", "link", True),
        ("a", "hard", True),
        ("a", "b", False),
        ("new", "./new", True),
        ("new", "sub/../new", True),
        ("new", "a", False),
        ("a", "nul\0", False),
    ],
)
def test_paths_are_compared_by_the_file_they_lead_to(tmp_path, monkeypatch, one, other, same):
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("a").touch()
    Path("b").touch()
    Path("link").symlink_to("a")
    Path("hard").hardlink_to("a")
    assert same_file(Path(one), Path(other)) is same


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there are no such paths here")
@pytest.mark.parametrize("way", ["/dev/fd/{}", "/proc/self/fd/{}", "link", "itself"])
def test_a_standard_stream_goes_on_behind_what_it_holds(tmp_path, monkeypatch, way):
    path = tmp_path / "out.txt"
    with path.open("wb", buffering=0) as stream:
        stream.write(b"before, ")
        descriptor = stream.fileno()
        monkeypatch.setattr(files, "STANDARD_STREAMS", {descriptor: descriptor})
        (tmp_path / "link").symlink_to(f"/dev/fd/{descriptor}")
        named = {"link": tmp_path / "link", "itself": path}
        write_text(named.get(way, Path(way.format(descriptor))), "text")
        stream.write(b", after")
    assert path.read_text() == "before, text, after"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "out.txt"]


def test_a_name_as_long_as_a_system_allows_is_written_to(tmp_path):
    path = tmp_path / ("\u00e9" * 127)
    write_text(path, "text")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["nul\0", "x" * 300])
def test_a_name_that_no_file_can_have_cannot_be_written_to(tmp_path, name):
    with pytest.raises(DeclinitError) as caught:
        write_text(tmp_path / name, "text")
    assert [problem.code for problem in caught.value.problems] == ["DI704"]


def test_an_older_file_keeps_its_mode(tmp_path):
    path = tmp_path / "a.json"
    path.touch(mode=0o600)
    write_text(path, "text")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
