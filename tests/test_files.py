"""Files are written whole or not at all."""

from __future__ import annotations

import stat

import pytest

from declinit.errors import DeclinitError
from declinit.files import replaced, write_text


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
    assert str(caught.value) == f"cannot write {str(path)!r}: no such file or directory"


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path):
    path = tmp_path / "a.json"
    path.mkdir()
    with pytest.raises(DeclinitError) as caught:
        write_text(path, "")
    assert str(caught.value) == f"cannot write {str(path)!r}: is a directory"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
