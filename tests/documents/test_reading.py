"""A file is read by its suffix, and one that cannot be read is said to be so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from declinit.documents import parse, read, reading
from declinit.errors import SpecError


def headline(path):
    with pytest.raises(SpecError) as caught:
        read(path)
    (problem,) = caught.value.problems
    return problem.headline


@pytest.mark.parametrize("name", ["a.json", "a.JSON", "a.yaml", "a.yml", "a"])
def test_the_suffix_decides_the_format(tmp_path, name):
    file = tmp_path / name
    file.write_text("{'a': 1}" if not name.lower().endswith("json") else '{"a": 1}')
    node = read(file)
    assert node.value == {"a": 1}
    assert node.source.name == str(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_byte_order_mark_and_utf_16_are_understood(tmp_path, encoding, suffix):
    file = tmp_path / f"a.{suffix}"
    file.write_bytes('{"é😀": "x"}'.encode(encoding))
    node = read(file)
    assert node.value == {"é😀": "x"}
    assert str(node.place_of(["é😀"])) == f"{file}:1:8"


def test_a_missing_file_is_named_with_its_near_miss(tmp_path):
    (tmp_path / "model.yaml").touch()
    missing = tmp_path / "modle.yml"
    hint = "did you mean 'model.yaml'?"
    assert headline(missing) == f"cannot read {str(missing)!r}: no such file; {hint} [DI101]"
    nowhere = tmp_path / "x" / "y"
    assert headline(nowhere) == f"cannot read {str(nowhere)!r}: no such file [DI101]"


def test_a_directory_is_no_file(tmp_path):
    assert headline(tmp_path) == f"cannot read {str(tmp_path)!r}: is a directory [DI101]"


def test_a_null_character_is_no_file_name():
    assert headline("a\0b") == "cannot read 'a\\x00b': not a file name [DI101]"


def test_a_loop_of_links_is_no_file(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.symlink_to(other)
    other.symlink_to(one)
    said = "too many levels of symbolic links"
    assert headline(one) == f"cannot read {str(one)!r}: {said} [DI101]"


@pytest.fixture
def pipe():
    """A shell's pipe that somebody has written a document to and closed: its path."""
    reading, writing = os.pipe()
    os.write(writing, b"a: [1]\n")
    os.close(writing)
    yield f"/dev/fd/{reading}"
    os.close(reading)


@pytest.mark.parametrize("link", [False, True])
def test_the_pipe_of_a_shell_is_read(tmp_path, pipe, link):
    path = tmp_path / "a.yaml" if link else pipe
    if link:
        path.symlink_to(pipe)
    node = read(path)
    assert (node.value, str(node.place_of(["a", 0]))) == ({"a": [1]}, f"{path}:1:5")


def test_a_pipe_with_a_name_is_refused_since_nobody_may_ever_write_to_it(tmp_path):
    file = tmp_path / "a.yaml"
    os.mkfifo(file)
    (tmp_path / "link.yaml").symlink_to(file)
    for path in (file, tmp_path / "link.yaml"):
        said = "a named pipe, which may never be written to"
        assert headline(path) == f"cannot read {str(path)!r}: {said} [DI122]"


def test_a_file_with_too_many_lines_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LINES", 10)
    file = tmp_path / "a.yaml"
    for line_break in ("\n", "\r", "\r\n", "\x85", "\u2028", "\f"):
        file.write_bytes(f"[1]{line_break * 10}".encode())
        assert "lines" not in refusal(file)
        file.write_bytes(f"[1]{line_break * 11}".encode())
        assert refusal(file) == f"cannot read {str(file)!r}: more than 10 lines [DI102]"


def refusal(path) -> str:
    """Why a file is not read, if it is not."""
    try:
        read(path)
    except SpecError as error:
        return error.problems[0].headline
    return ""


def test_a_file_beyond_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 2**20)
    file = tmp_path / "a.yaml"
    file.write_bytes(b" " * (2**20 + 1))
    assert headline(file) == f"cannot read {str(file)!r}: larger than 1 MiB [DI102]"


def test_bytes_that_are_not_utf_8_are_shown_where_they_stand(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_bytes("a: 1\nb: né\n".encode("latin-1"))
    expected = f"{file}:2:5: this is not UTF-8 text: byte 0xe9; save the file as UTF-8"
    assert headline(file) == f"{expected} [DI103]"


def test_a_text_with_half_a_surrogate_pair_can_still_be_printed():
    with pytest.raises(SpecError) as caught:
        parse("[\udcff", "--set")
    assert str(caught.value).encode()


def test_the_room_loads_neither_keras_nor_numpy():
    code = (
        "import sys, declinit.documents; "
        "print(sorted({'keras', 'numpy', 'jsonschema'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
