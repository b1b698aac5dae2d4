"""What two policies, plans, audits or models draw differently, by rule and kind of change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from declinit.plans.diffs import DTYPE, PATH, SEED, SHAPE, VALUES, Change, Diff
from declinit.plans.plan import Assignment
from declinit.policy.actions import Fill, InitializerConfig, Keep
from declinit.render.layout import Cell, Layout, Table, row
from declinit.render.layouts.differences import ARROW, prefix_change
from declinit.render.layouts.moves import moves_listings
from declinit.render.layouts.plans import values_text
from declinit.wording import counted, kept_text, number_text, shape_text

BY_CHANGE = ("rule", "variables", "change", "stddev")
BY_VARIABLE = ("path", "shape", "before", "after", "stddev")

_NO_RULE = "no rule"
DIGITS = 6


def diff_layout(diff: Diff, *, detailed: bool = False) -> Layout:
    """What differs: a line a rule and kind of change, or a line a variable under it.

    Args:
        diff: of two sides.
        detailed: whether to list every variable that differs.
    """
    groups = list(_groups(diff.changes))
    by_change = Table(columns=BY_CHANGE, rows=tuple(map(_group_row, groups)))
    tables = tuple(map(_group_table, groups)) if detailed else (by_change,)
    return Layout(
        document=diff.to_dict,
        title=_title(diff),
        tables=(*tables, *moves_listings(diff.moves)) if groups else (),
        summary=_summary(diff),
        notes=tuple(map(Cell, _notes(diff))),
    )


def _title(diff: Diff) -> str:
    settings = ", ".join(f"{one.field} {one.before}{ARROW}{one.after}" for one in diff.settings)
    return f"{diff.before.name}{ARROW}{diff.after.name}" + (f": {settings}" if settings else "")


class _Group(NamedTuple):
    """Variables of one rule with one kind of change."""

    rule: str
    changes: list[Change]

    @property
    def title(self) -> str:
        return f"{self.rule}: {counted(len(self.changes), 'variable')}, {_change_text(self)}"


def _groups(changes: Iterable[Change]) -> Iterator[_Group]:
    groups: dict[tuple[str, ...], _Group] = {}
    for one in changes:
        rule = one.rule or _NO_RULE
        names = (_name(side) for side in (one.before, one.after)) if VALUES in one.fields else ()
        key = (rule, _common_text(one), *names)
        groups.setdefault(key, _Group(rule, [])).changes.append(one)
    return iter(groups.values())


def _name(one: Assignment | None) -> str:
    """The kind of initializer, so that variables whose numbers differ share a line."""
    if one and one.source:
        return f"load from {one.source.checkpoint}"
    if one is None or not isinstance(one.action, Fill):
        return _initializer(one)
    parts = (f"{part.name}: {part.initializer.name}" for part in one.action.parts)
    return "; ".join((one.action.initializer.name, *parts))


def _initializer(one: Assignment | None) -> str:
    if one is None:
        return ""
    if not isinstance(one.action, Fill):
        return kept_text() if isinstance(one.action, Keep) else str(one.action)
    parts = (f"{part.name}: {_seedless(part.initializer)}" for part in one.action.parts)
    return "; ".join((_seedless(one.action.initializer), *parts))


def _seedless(given: InitializerConfig) -> str:
    """An initializer without its seed; what a formula came to need not be read to its last digit."""
    params = {
        key: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for key, value in given.params.items()
        if key != SEED
    }
    return str(InitializerConfig(given.name, params))


def _common_text(one: Change) -> str:
    """What differs beside the values, told so that variables with the same change share a line."""
    before, after = one.before, one.after
    if before is None or after is None:
        return {"new": "new", "gone": "no longer there"}[one.status]
    texts = [prefix_change(before.path, after.path)] if one.status == "renamed" else []
    if SHAPE in one.fields:
        texts.append(f"shape {shape_text(before.shape)}{ARROW}{shape_text(after.shape)}")
    if DTYPE in one.fields:
        texts.append(f"dtype {before.dtype}{ARROW}{after.dtype}")
    if one.fields == (SEED,):
        texts.append("another seed")
    return ", ".join(texts)


def _change_text(group: _Group) -> str:
    first = group.changes[0]
    texts = [_common_text(first)]
    if VALUES in first.fields:
        befores = {_initializer(one.before) for one in group.changes}
        afters = {_initializer(one.after) for one in group.changes}
        before = befores.pop() if len(befores) == 1 else _name(first.before)
        after = afters.pop() if len(afters) == 1 else _name(first.after)
        texts.append(f"{before}{ARROW}{after}")
    return ", ".join(filter(None, texts))


def _group_row(group: _Group) -> tuple[Cell, ...]:
    count = counted(len(group.changes), "variable")
    return row(group.rule, count, _change_text(group), _ratios_text(group.changes))


def _ratios_text(changes: Iterable[Change]) -> str:
    """How many times the second stddev is the first one, of variables whose values differ."""
    ratios = [one.stddev_ratio for one in changes if VALUES in one.fields]
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return ""
    low, high = number_text(min(known)), number_text(max(known))
    return f"stddev x {low}" if low == high else f"stddev x {low} to {high}"


def _group_table(group: _Group) -> Table:
    rows = tuple(map(_variable_row, group.changes))
    return Table(title=group.title, columns=BY_VARIABLE, rows=rows)


def _variable_row(one: Change) -> tuple[Cell, ...]:
    return row(
        f"{one.path}{ARROW}{one.after.path}" if one.status == "renamed" and one.after else one.path,
        shape_text(one.shape),
        _side_text(one.before),
        "the same" if _is_only_renamed(one) else _side_text(one.after),
        _ratios_text([one]),
    )


def _is_only_renamed(one: Change) -> bool:
    return PATH in one.fields and not {SHAPE, DTYPE, VALUES}.intersection(one.fields)


def _side_text(one: Assignment | None) -> str:
    """The initializer and the distribution that it comes to."""
    if one is None:
        return "-"
    values = values_text(one) if one.expected else ""
    return ", ".join(filter(None, (_initializer(one), values)))


def _summary(diff: Diff) -> str:
    total = counted(diff.unchanged + len(diff.changes), "variable")
    if diff.changes:
        return f"{len(diff.changes)} of {total} differ, {diff.unchanged} do not"
    settled = "only settings differ" if diff.differs else "no difference"
    return f"{settled}, {total}"


def _notes(diff: Diff) -> Iterator[str]:
    """What does not count as a difference."""
    if diff.reworded:
        reworded = counted(diff.reworded, "variable")
        yield f"{reworded} with the same distribution by another initializer"
    for side in (diff.before, diff.after):
        if side.seedless:
            yield f"seeds are not compared: {side.seedless}"
            return
    if diff.reseeded:
        before, after = diff.before.plan.seed, diff.after.plan.seed
        root = f" (root {before}{ARROW}{after})" if before != after else ""
        yield f"{counted(diff.reseeded, 'variable')} with another seed{root}"
