"""What installed packages offer through entry points."""

from __future__ import annotations

import importlib.metadata
import sys

import keras
import pytest
import users_own

import declinit
from declinit.errors import DeclinitError, DeclinitWarning, SpecError
from declinit.kinds import extensions
from declinit.kinds.offers import GROUP
from declinit.kinds.registry import KERAS, PORTABLE

HERE = "users_own"


@pytest.fixture
def offer(monkeypatch):
    """Make installed packages seem to offer initializers."""

    def offer(**targets):
        entries = [importlib.metadata.EntryPoint(n, t, GROUP) for n, t in targets.items()]
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)

    with extensions.registering():
        yield offer


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Modules that could be imported, and are not yet."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    monkeypatch.delitem(sys.modules, "shop.inits", raising=False)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    inits = tmp_path / "shop" / "inits.py"
    inits.write_text("def fives(shape, dtype=None, times: int = 1):\n    return 5 * times\n")
    return inits


def test_an_entry_point_offers_a_class_or_a_function(offer):
    offer(offered=f"{HERE}:Steps", offered_noise=f"{HERE}:noise")
    registry = extensions.current_registry()
    assert registry["offered"].build(PORTABLE, {"step": 5.0}).step == 5.0
    assert registry["offered_noise"].build(PORTABLE, {"seed": 1})((2,)) == ((2,), None, 1.0, 1)
    assert registry["offered_noise"].takes_seed(PORTABLE)


def test_an_entry_point_is_not_imported_before_it_is_built(offer, package):
    offer(fives="shop.inits:fives")
    kind = extensions.current_registry()["fives"]
    assert (kind.summary, kind.open, kind.fault) == ("Offered by shop.inits:fives.", True, "")
    assert "shop" not in sys.modules
    assert kind.build(PORTABLE, {"times": 2})((1,)) == 10


def test_an_entry_point_that_is_imported_is_known_by_its_signature(offer):
    offer(offered=f"{HERE}:Steps")
    kind = extensions.current_registry()["offered"]
    assert (kind.summary, kind.open) == ("A class that Keras has not heard of.", False)
    assert kind.parameters["step"] == {"type": "number", "default": 1.0}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere_at_all:Thing", "there is no module 'nowhere_at_all'"),
        ("shop.missing:Thing", "there is no module 'shop.missing'"),
        ("shop.inits.deeper:Thing", "there is no module 'shop.inits.deeper'"),
        (
            f"{HERE}:Nothing",
            f"AttributeError: module '{HERE}' has no attribute 'Nothing'",
        ),
        (f"{HERE}:not_callable", f"{HERE}:not_callable is not callable"),
    ],
)
@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("broken", "rules[0].initializer"),
        ({"name": "broken"}, "rules[0].initializer.name"),
        ({"class_name": "broken"}, "rules[0].initializer.class_name"),
    ],
)
def test_a_spec_that_names_what_cannot_be_imported_is_refused(
    offer, target, reason, written, where
):
    """Without importing what is not imported yet."""
    offer(broken=target)
    rules = [{"match": "**", "initializer": written}]
    with pytest.raises(SpecError) as caught:
        declinit.Spec.from_config({"declinit": 1, "rules": rules})
    assert str(caught.value) == (
        f"{where}: initializer 'broken' of package {target!r} cannot be imported: {reason} [DI312]"
    )
    assert "shop" not in sys.modules


def test_an_entry_point_that_fails_when_it_is_imported_says_so(offer, package):
    package.write_text("import nowhere_at_all\n")
    offer(fives="shop.inits:fives")
    kind = extensions.current_registry()["fives"]
    with pytest.raises(DeclinitError) as caught:
        kind.build(PORTABLE, {})
    assert str(caught.value) == (
        "initializer 'fives' of package 'shop.inits:fives' cannot be imported: "
        "ModuleNotFoundError: No module named 'nowhere_at_all' [DI312]"
    )


def test_an_entry_point_under_a_name_that_is_taken_is_passed_over_with_a_warning(monkeypatch):
    entries = [
        importlib.metadata.EntryPoint("he_normal", f"{HERE}:Steps", GROUP),
        importlib.metadata.EntryPoint("steps", f"{HERE}:Steps", GROUP),
        importlib.metadata.EntryPoint("steps", f"{HERE}:sevens", GROUP),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    with extensions.registering():
        with pytest.warns(DeclinitWarning) as warned:
            registry = extensions.current_registry()
        assert registry.find("he_normal").class_name == "HeNormal"
        assert registry["steps"].build(KERAS, {}).step == 1.0
    assert [str(one.message) for one in warned] == [
        f"warning: initializer 'he_normal' of package '{HERE}:Steps' is passed over: "
        "the name is taken by declinit itself [DI601]",
        f"warning: initializer 'steps' of package '{HERE}:sevens' is passed over: "
        f"the name is taken by package '{HERE}:Steps' [DI601]",
    ]


def test_a_name_that_a_package_offers_cannot_be_registered(offer):
    offer(steps=f"{HERE}:Steps")
    with pytest.raises(DeclinitError) as caught:
        extensions.register("steps", users_own.sevens)
    assert str(caught.value) == "initializer 'steps' is registered already, as 'steps' [DI601]"


# Keras


def test_a_class_becomes_known_to_keras_when_it_is_built(offer):
    offer(offered_steps=f"{HERE}:Steps")
    made = extensions.current_registry()["offered_steps"].build(PORTABLE, {"step": 3.0})
    config = keras.initializers.serialize(made)
    assert keras.initializers.get(config).step == 3.0


def test_a_class_that_is_known_to_keras_keeps_its_name(offer):
    offer(known=f"{HERE}:Known")
    made = extensions.current_registry()["known"].build(PORTABLE, {})
    assert keras.saving.get_registered_name(type(made)) == "UsersOwn>Known"


def test_classes_of_keras_and_classes_without_a_config_are_left_alone():
    with extensions.registering():
        declinit.register("theirs", keras.initializers.HeNormal)
        declinit.register("bare", users_own.WithoutConfig)
        registry = extensions.current_registry()
        made = [registry[name].build(KERAS, {}) for name in ("theirs", "bare")]
    names = [keras.saving.get_registered_name(type(one)) for one in made]
    assert names == ["HeNormal", "WithoutConfig"]


def test_a_name_of_keras_is_found_by_importing_what_packages_offer(offer, package):
    package.write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable('Shop')\n"
        "class Late(keras.initializers.Zeros): ...\n"
    )
    offer(broken="nowhere_at_all:Thing", late="shop.inits:Late")
    kind = extensions.current_registry().find("Shop>Late")
    assert type(kind.build(PORTABLE, {})).__name__ == "Late"


def test_registering_all_with_keras_warns_of_what_cannot_be_imported(offer):
    offer(broken="nowhere_at_all:Thing", fine=f"{HERE}:Steps")
    with pytest.warns(DeclinitWarning) as warned:
        declinit.register_with_keras()
    assert [str(one.message) for one in warned] == [
        "warning: initializer 'broken' of package 'nowhere_at_all:Thing' cannot be imported: "
        "ModuleNotFoundError: No module named 'nowhere_at_all' [DI312]"
    ]
