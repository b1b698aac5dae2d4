"""Plans as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from declinit.globs import Glob
from declinit.plans.plan import Assignment, Plan, RuleUse
from declinit.policy.actions import Fill
from declinit.render.style import Style, counted, fans_text, number_text, shape_text

LEFT = "left as it is"


def plan_text(plan: Plan, style: Style, *, each: bool = False) -> str:
    """A plan, grouped by rule; with a line for each variable if asked to."""
    lines = [style.heading(_title(plan)), ""]
    if each:
        lines += _by_rule(plan, style)
    else:
        lines += style.table(_rule_row(use, style) for use in plan.rules)
    return "\n".join([*lines, "", style.heading(summary(plan))]) + "\n"


def _title(plan: Plan) -> str:
    names = ", ".join(name for name, _ in plan.sources) or "spec"
    fans = "" if plan.fans == "layer" else f", fans {plan.fans}"
    return f"{names}: seed {plan.seed}, generator {plan.generator}{fans}"


def _rule_row(use: RuleUse, style: Style) -> list[str]:
    lost = f" of {use.matched} matched" if use.matched != use.won else ""
    count = f"{counted(use.won, 'variable')}{lost}"
    says = use.rule.says
    return [use.rule.label, count, says, style.paint("dim", use.rule.where or "")]


def _by_rule(plan: Plan, style: Style) -> Iterator[str]:
    rows = dict(zip(plan, style.table(_rows(plan)), strict=True))
    for use in plan.rules:
        label, count, says, where = _rule_row(use, Style())
        yield style.heading(f"{label}: {count}, {says} ({where})")
        yield from (rows[path] for path in plan if _label(plan[path]) == use.rule.label)
    unruled = [path for path in plan if plan[path].rule is None]
    if unruled:
        yield style.heading(f"no rule: {counted(len(unruled), 'variable')} {LEFT}")
        yield from (rows[path] for path in unruled)


def _label(assignment: Assignment) -> str | None:
    return assignment.rule.label if assignment.rule else None


def _rows(plan: Plan) -> Iterator[list[str]]:
    for one in plan.values():
        yield [
            one.path,
            shape_text(one.shape),
            one.dtype,
            str(one.initializer) if one.initializer else LEFT,
            fans_text(one.fans),
            law_text(one),
            keras_text(one),
        ]


def law_text(one: Assignment) -> str:
    """What the values will look like."""
    if isinstance(one.action, Fill) and one.action.parts:
        return ", ".join(f"{part.name} gates {part.initializer}" for part in one.action.parts)
    if one.expected is None:
        return ""
    if one.expected.family == "constant":
        return f"all {number_text(one.expected.mean)}"
    if one.expected.family == "uniform":
        low, high = number_text(one.expected.low), number_text(one.expected.high)
        return f"within [{low}, {high}), stddev {number_text(one.expected.stddev)}"
    mean = f"mean {number_text(one.expected.mean)}, " if one.expected.mean else ""
    return f"{mean}stddev {number_text(one.expected.stddev)}"


def keras_text(one: Assignment) -> str:
    """By how much Keras' own count of fans would have differed."""
    if one.stddev_over_keras is None or one.keras_fans is None:
        return ""
    fans = f"{one.keras_fans.fan_in}, {one.keras_fans.fan_out}"
    return f"{one.stddev_over_keras:.3g} x Keras' stddev (fans {fans})"


def summary(plan: Plan) -> str:
    """One line that says how much will change."""
    changed = sum(1 for one in plan.values() if one.initializer)
    warnings = sum(1 for problem in plan.problems if problem.severity == "warning")
    said = f"; {counted(warnings, 'warning')}" if warnings else ""
    left = len(plan) - changed
    return (
        f"{counted(len(plan), 'variable')}: {changed} to initialize, {left} left as they are{said}"
    )


def explanation(plan: Plan, paths: Mapping[str, Any] | list[str], style: Style) -> str:
    """Why variables receive what they receive, every matching rule included."""
    return "\n".join(line for path in paths for line in _explained(plan[path], style)) + "\n"


def _explained(one: Assignment, style: Style) -> Iterator[str]:
    aliases = f" (also {', '.join(one.aliases)})" if one.aliases else ""
    yield style.paint("bold", one.path) + aliases
    yield f"  {one.layer}, shape {shape_text(one.shape)}, {one.dtype}"
    for rule in one.beaten:
        yield f"  matched   {rule.label}\t{rule.says}\t{rule.where or ''}"
    if one.rule is None:
        yield f"  no rule matches: {LEFT}"
        return
    mark = style.paint("green", "wins    ")
    yield f"  {mark}  {one.rule.label}\t{one.rule.says}\t{one.rule.where or ''}"
    if one.initializer:
        yield f"  builds    {one.initializer}"
    for name, text in (
        ("seed", "" if one.seed is None else str(one.seed)),
        ("fans", fans_text(one.fans)),
        ("values", law_text(one)),
        ("Keras", keras_text(one)),
    ):
        if text:
            yield f"  {name:<8}  {text}"


def chosen_paths(plan: Plan, pattern: str) -> list[str]:
    """The variables of a plan that a path, an alias or a pattern names."""
    exact = [path for path, one in plan.items() if pattern in (path, *one.aliases)]
    if exact:
        return exact
    glob = Glob.parse(pattern)
    return [path for path, one in plan.items() if any(map(glob.matches, (path, *one.aliases)))]


def drift(old: Plan, new: Plan) -> list[str]:
    """What differs between two plans, a line a difference."""
    before, after = old.to_dict(), new.to_dict()
    lines = [
        f"{key}: {before[key]} -> {after[key]}"
        for key in ("seed", "generator", "fans")
        if before[key] != after[key]
    ]
    lines += [f"{path}: no longer there" for path in old if path not in new]
    lines += [f"{path}: new" for path in new if path not in old]
    for path in old:
        if path in new:
            lines += _changes(old[path], new[path])
    return lines


# Where a rule stands in its file is provenance: moving it changes no weight.
_PROVENANCE = ("rule", "beaten", "aliases")


def _changes(old: Assignment, new: Assignment) -> Iterator[str]:
    before, after = old.to_dict(), new.to_dict()
    for key, value in before.items():
        if key not in _PROVENANCE and value != after[key] and not _follows(key, before, after):
            yield f"{old.path}: {key} {_value_text(key, old)} -> {_value_text(key, new)}"


def _follows(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a change only repeats another: the initializer of a plan holds the seed too."""
    return key == "seed" and before["initializer"] != after["initializer"]


def _value_text(key: str, one: Assignment) -> str:
    if key == "initializer":
        return str(one.initializer) if one.initializer else LEFT
    value = one.to_dict()[key]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
