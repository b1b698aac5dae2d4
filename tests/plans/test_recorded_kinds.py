"""What is read as a plan or an audit says of itself that it is one."""

from __future__ import annotations

import keras
import pytest

import declinit
from declinit.documents import parse
from declinit.errors import SpecError
from declinit.kinds.rows import BUILTIN
from declinit.plans.plan import Plan

PLAN = {"declinit_plan": 2, "variables": []}
SPEC = {"declinit": 1, "rules": []}


@pytest.mark.parametrize(("document", "kind"), [(PLAN, "a plan"), (SPEC, "a spec")])
def test_verifying_by_what_is_no_audit_says_what_it_is(write, document, kind):
    path = write("f.json", document)
    for read in (declinit.Audit.load, lambda path: declinit.verify(path, keras.layers.Layer())):
        with pytest.raises(SpecError) as caught:
            read(path)
        assert str(caught.value) == f"'f.json' is {kind}, expected an audit [DI502]"


@pytest.mark.parametrize(
    ("text", "kind"), [("declinit_audit: 2", "an audit"), ("declinit: 1", "a spec")]
)
def test_a_document_of_another_kind_is_no_plan(text, kind):
    with pytest.raises(SpecError) as caught:
        Plan.from_node(parse(text, "f"), BUILTIN)
    assert str(caught.value) == f"'f' is {kind}, expected a plan [DI502]"
