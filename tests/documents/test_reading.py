"""A file is read by its suffix, and one that cannot be read is said to be so."""

from __future__ import annotations

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
