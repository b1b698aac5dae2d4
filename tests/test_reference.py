"""The reference pages of `docs/` say all that the package's own tables do."""

from __future__ import annotations

import re

import pytest
import yaml

import declinit
from declinit.checks.files import NAMES
from declinit.cli.commands import COMMANDS
from declinit.errors.codes import CODES
from declinit.kinds.rows import ROWS
from declinit.policy.recipes import recipes
from tasks.pages import DOCS, text_of
from tasks.reference import with_captions, with_references
from tasks.reference.codes import code_section
from tasks.reference.initializers import kind_section
from tasks.reference.markdown import prose
from tasks.reference.public_names import APART
from tasks.reference.spec_examples import EXAMPLES
from tasks.reference.spec_keys import MAPPINGS, key_section, keys_of

PAGES = DOCS / "reference"
KEYS = {key.path: key for mapping in MAPPINGS for key in keys_of(mapping)}


def page(name: str) -> str:
    return with_references(text_of(PAGES / f"{name}.md"))


@pytest.mark.parametrize(
    ("name", "titles"),
    {
        "codes": [f"### {code}: " for code in CODES],
        "commands": [f"## `declinit {name}`\n" for name in COMMANDS],
        "documents": [f"| `{name}` |" for name in NAMES],
        "initializers": [f"## `{kind.name}`\n" for kind in ROWS],
        "recipes": [f"## `{name}`\n" for name in recipes()],
        "spec": [f"### `{key.name}`\n" for key in KEYS.values()],
    }.items(),
)
def test_a_page_has_a_section_for_each(name, titles):
    text = page(name)
    assert [title for title in titles if title not in text] == []
    assert "<!-- reference" not in text


def test_every_key_of_a_policy_has_an_example():
    assert set(EXAMPLES) == set(KEYS)


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_example_of_a_key_uses_it_and_is_a_policy(path, tmp_path):
    example = yaml.safe_load(EXAMPLES[path])
    declinit.Spec.from_config({"declinit": 1, "rules": [], **example}, base=tmp_path)
    assert f"{KEYS[path].name}:" in EXAMPLES[path]


def test_every_public_name_is_in_the_reference_of_python():
    text = page("python")
    public = sorted(set(declinit.__all__) - APART)
    assert [name for name in public if not re.search(rf"\.\. auto\w+:: {name}\n", text)] == []


def test_names_that_nobody_has_placed_are_described_all_the_same(monkeypatch):
    monkeypatch.setattr(declinit, "__all__", [*declinit.__all__, "later", "Later"])
    text = page("python")
    assert "## Further names\n" in text
    assert ".. autoclass:: Later\n   :members:\n" in text
    assert ".. autofunction:: later\n" in text


def test_a_key_is_told_with_its_type_and_its_default():
    assert key_section(KEYS["strict.unmatched"]) == (
        "### `unmatched`\n\n"
        "A trainable variable that no rule covers.\n\n"
        "- **Type**: `error` or `warn` or `allow`\n"
        "- **Default**: `error`\n\n"
        "```yaml\nstrict: {unmatched: allow}\n```\n\n"
    )
    assert "- **Type**: integer (0 or more) or `null`\n" in key_section(KEYS["seed"])
    assert "- **Default**: none; the key is required\n" in key_section(KEYS["rules.match"])


def test_an_initializer_is_told_with_its_formula_its_paper_and_its_parameters():
    kind = next(kind for kind in ROWS if kind.name == "sparse")
    text = kind_section(kind)
    assert "- **Values**: `N(0, stddev**2), but 0 for ceil(sparsity * fan_in)" in text
    assert "- **Paper**: Martens, 2010, <https://icml.cc/Conferences/2010/papers/458.pdf>" in text
    assert "| `sparsity` | number (0 or more) | required |" in text
    assert "| `stddev` | number (0 or more) | `0.01` |" in text


@pytest.mark.parametrize(
    ("code", "shown"),
    {
        "DI105": "```yaml\ndeclinit: 1\nseed: 1\nseed: 2\nrules: []\n```",
        "DI704": "```console\n$ declinit export --model module:build --out missing/spec.yaml\n```",
        "DI223": "```console\n$ declinit plan spec.yaml --model module:build --set sead=7\n```",
    }.items(),
)
def test_the_example_of_a_code_is_shown_in_its_language(code, shown):
    assert shown in code_section(CODES[code])


def test_a_block_that_is_a_file_shows_its_name():
    text = "<!-- file: conf/a.yaml -->\n```yaml\na: 1\n```\n<!-- run -->\n```python\n1\n```\n"
    assert with_captions(text) == (
        "```{code-block} yaml\n:caption: conf/a.yaml\n\na: 1\n```\n"
        "<!-- run -->\n```python\n1\n```\n"
    )


def test_text_is_no_markdown_outside_of_code():
    assert prose("a * b_c `x*y` <tag> https://a.org/b_c") == (
        r"a \* b\_c `x*y` \<tag\> <https://a.org/b_c>"
    )
