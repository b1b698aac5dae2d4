"""What a document is, told by its own key; a document of another kind is named, not picked at."""

from __future__ import annotations

import pytest

import declinit
from declinit.documents import parse
from declinit.documents.kinds import AUDIT, PLAN, SPEC, document_kind
from declinit.errors import SpecError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("declinit: 1", SPEC),
        ("declinit_plan: 2", PLAN),
        ("declinit_audit: 2", AUDIT),
        ('{declinit: "0.1.0", declinit_plan: 1}', PLAN),  # as plans of format 1 had it
        ("rules: []", None),
        ("[declinit_plan]", None),
        ("text", None),
    ],
)
def test_a_key_tells_what_a_document_is(text, kind):
    assert document_kind(parse(text, "f")) == kind


@pytest.mark.parametrize(
    ("key", "kind"), [("declinit_plan", "a plan"), ("declinit_audit", "an audit")]
)
def test_loading_what_is_no_spec_says_what_it_is(write, key, kind):
    path = write("p.json", {key: 1, "variables": []})
    with pytest.raises(SpecError) as caught:
        declinit.load(path)
    assert str(caught.value) == f"'p.json' is {kind}, expected a spec [DI502]"


def test_a_plan_cannot_be_extended_and_the_line_that_does_is_named(write):
    write("p.json", {"declinit_plan": 1})
    path = write("s.yaml", "declinit: 1\nextends: p.json\nrules: []\n")
    with pytest.raises(SpecError) as caught:
        declinit.load(path)
    assert str(caught.value) == (
        "s.yaml:2:10: 'p.json' is a plan, expected a spec [DI502]\n    extends: p.json\n             ^"
    )
