"""What differs between two plans: grouped by rule and kind of change, or variable by variable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from declinit.plans.comparison import INITIALIZER, LOAD, PARTS, PATH, SEED, Difference, Drift
from declinit.policy.loads import TensorSource
from declinit.render.layout import Cell, Layout, Table, row
from declinit.render.layouts.moves import moves_listings
from declinit.wording import counted, kept_text

BY_CHANGE = ("rule", "variables", "change")
BY_VARIABLE = ("path", "change")
ARROW = " -> "

_CHANGED, _RENAMED, _GONE, _NEW = "changed", "renamed", "no longer there", "new"


def drift_layout(drift: Drift, *, detailed: bool = False) -> Layout:
    """How a plan has drifted from the one that was committed.

    Args:
        drift: what differs.
        detailed: a line a difference instead of a line for each kind of change.
    """
    if not drift.differences:
        fine = f"{drift.file}: no drift, {counted(drift.variables, 'variable')}"
        return Layout(document=drift.to_dict, notes=(Cell(fine),))
    settings = [one for one in drift.differences if one.path is None]
    changes = [one for one in drift.differences if one.path is not None]
    # Where the root seed differs, so does every seed: a line for each would say nothing more.
    reseeded = any(one.field == SEED for one in settings)
    others = [one for one in changes if not (reseeded and one.field == SEED)]
    return Layout(
        document=drift.to_dict,
        title=": ".join(filter(None, [drift.file, ", ".join(map(_setting_text, settings))])),
        tables=(
            _by_variable(others) if detailed else _by_change(others),
            *moves_listings(drift.moves),
        ),
        summary=_summary(others, len(changes) - len(others)),
    )


def _setting_text(one: Difference) -> str:
    return f"{one.field} {one.before}{ARROW}{one.after}"


def _by_variable(differences: Iterable[Difference]) -> Table:
    rows = tuple(row(str(one.path), _change(one)) for one in differences)
    return Table(columns=BY_VARIABLE, rows=rows)


def _by_change(differences: Iterable[Difference]) -> Table:
    groups: dict[tuple[str, str], int] = {}
    for one in differences:
        key = (one.rule or "no rule", _kind_of_change(one))
        groups[key] = groups.get(key, 0) + 1
    rows = (
        row(rule, counted(count, "variable"), change) for (rule, change), count in groups.items()
    )
    return Table(columns=BY_CHANGE, rows=tuple(rows))


def _change(one: Difference) -> str:
    if one.field == PATH:
        return _path_change(one)
    before, after = _value_text(one.field, one.before), _value_text(one.field, one.after)
    return f"{one.field} {before}{ARROW}{after}"


def _kind_of_change(one: Difference) -> str:
    """The change, told so that variables with the same change share a line."""
    if one.field == SEED:
        return "another seed"
    if _status(one) == _RENAMED:
        return prefix_change(one.before, one.after)
    return _change(one)


def _path_change(one: Difference) -> str:
    status = _status(one)
    return f"{status} to {one.after}" if status == _RENAMED else status


def _status(one: Difference) -> str:
    if one.field != PATH:
        return _CHANGED
    if one.before is None:
        return _NEW
    return _GONE if one.after is None else _RENAMED


def prefix_change(before: str, after: str) -> str:
    """`block/dense/* -> block/dense_a/*`: what was renamed, without the segments below it."""
    one, other = before.split("/"), after.split("/")
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return f"{_RENAMED} {'/'.join(one)}/**{ARROW}{'/'.join(other)}/**"


def _value_text(field: str, value: Any) -> str:
    if field == INITIALIZER:
        return _initializer_text(value)
    if field == LOAD:
        return _load_text(value)
    if field == PARTS:
        return _parts_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _load_text(value: Mapping[str, Any] | None) -> str:
    """A tensor and the beginning of its file's digest; the files may have one name."""
    if value is None:
        return "not loaded"
    return f"{TensorSource.from_config(value)} ({value['sha256'][:12]})"


def _parts_text(parts: Iterable[Mapping[str, Any]] | None) -> str:
    """Each part with its initializer: `[0:1, 0:64]: zeros`."""
    texts = (
        f"[{_region_text(one['at'])}]: {_initializer_text(one[INITIALIZER])}" for one in parts or ()
    )
    return "; ".join(texts) or "none"


def _region_text(bounds: Iterable[Iterable[int]]) -> str:
    return ", ".join(":".join(map(str, one)) for one in bounds)


def _initializer_text(value: str | Mapping[str, Any] | None) -> str:
    if value is None:
        return kept_text()
    if not isinstance(value, Mapping):
        return value
    if "class_name" in value:
        name, params = value["class_name"], value["config"]
    else:
        name, params = value["name"], {key: value[key] for key in value if key != "name"}
    given = ", ".join(f"{key}={json.dumps(one)}" for key, one in params.items())
    return f"{name}({given})" if given else str(name)


def _summary(differences: Iterable[Difference], reseeded: int) -> str:
    """How many variables there are of each kind of difference."""
    paths: dict[str, set[str | None]] = {}
    for one in differences:
        paths.setdefault(_status(one), set()).add(one.path)
    counts = [f"{len(found)} {status}" for status, found in paths.items()]
    seeds = [f"{counted(reseeded, 'seed')} from another root"] if reseeded else []
    return ", ".join([*counts, *seeds]) or "only settings differ"
