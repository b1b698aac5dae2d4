"""Plans, and why variables receive what they receive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from declinit.plans.plan import Assignment, Plan, RuleRef, RuleUse
from declinit.policy.actions import CopyOf, Keep, Load
from declinit.render.layout import Cell, Fact, Facts, Layout, Table, row
from declinit.wording import counted, fans_text, kept_text, number_text, shape_text

BY_RULE = ("rule", "variables", "initializer", "where")
BY_VARIABLE = ("path", "shape", "dtype", "initializer", "fans", "values", "beside Keras")

Row = tuple[Cell, ...]


def plan_layout(plan: Plan, *, detailed: bool = False) -> Layout:
    """A plan: a line a rule, or a line a variable under its rule.

    Args:
        plan: what every variable receives.
        detailed: whether to list every variable.
    """
    rules = Table(columns=BY_RULE, rows=tuple(map(_rule_row, plan.rules)))
    return Layout(
        document=plan.to_dict,
        title=_title(plan),
        tables=tuple(_tables_by_rule(plan)) if detailed else (rules,),
        summary=_summary(plan),
    )


def _title(plan: Plan) -> str:
    names = ", ".join(name for name, _ in plan.sources) or "spec"
    fans = "" if plan.fans == "layer" else f", fans {plan.fans}"
    return f"{names}: seed {plan.seed}, generator {plan.generator}{fans}"


def _rule_row(use: RuleUse) -> Row:
    where = Cell(use.rule.where or "", "muted")
    return row(use.rule.label, _won(use), use.rule.says, where)


def _won(use: RuleUse) -> str:
    lost = f" of {use.matched} matched" if use.matched != use.won else ""
    return f"{counted(use.won, 'variable')}{lost}"


def _tables_by_rule(plan: Plan) -> Iterator[Table]:
    rows: dict[str | None, list[Row]] = {}
    for one in plan.values():
        rows.setdefault(one.rule.label if one.rule else None, []).append(_variable_row(one))
    for use in plan.rules:
        where = f" ({use.rule.where})" if use.rule.where else ""
        title = f"{use.rule.label}: {_won(use)}, {use.rule.says}{where}"
        yield _table(title, rows.get(use.rule.label, ()))
    if None in rows:
        count = len(rows[None])
        yield _table(f"no rule: {counted(count, 'variable')} {kept_text(count)}", rows[None])


def _table(title: str, rows: Iterable[Row]) -> Table:
    return Table(title=title, columns=BY_VARIABLE, rows=tuple(rows))


def _variable_row(one: Assignment) -> Row:
    return row(
        one.path,
        shape_text(one.shape),
        one.dtype,
        _filling(one),
        fans_text(one.fans),
        values_text(one),
        _beside_keras(one),
    )


def _filling(one: Assignment) -> str:
    """The tensor or the initializers of the variable and of its parts."""
    return kept_text() if isinstance(one.action, Keep) else str(one.action)


def values_text(one: Assignment) -> str:
    """What the values will look like."""
    if one.expected is None:
        return ""
    if one.expected.family == "constant":
        return f"all {number_text(one.expected.mean)}"
    if one.expected.family in ("uniform", "log_uniform"):
        low, high = number_text(one.expected.low), number_text(one.expected.high)
        return f"within [{low}, {high}), stddev {number_text(one.expected.stddev)}"
    if one.expected.zeros:
        return f"{one.expected.zeros:.3g} of them 0, stddev {number_text(one.expected.stddev)}"
    mean = f"mean {number_text(one.expected.mean)}, " if one.expected.mean else ""
    return f"{mean}stddev {number_text(one.expected.stddev)}"


def _beside_keras(one: Assignment) -> str:
    """The ratio to what Keras' own count of fans would have given."""
    if one.stddev_over_keras is None or one.keras_fans is None:
        return ""
    fans = f"{one.keras_fans.fan_in}, {one.keras_fans.fan_out}"
    return f"{one.stddev_over_keras:.3g} x Keras' stddev (fans {fans})"


def _summary(plan: Plan) -> str:
    changed = sum(not isinstance(one.action, Keep) for one in plan.values())
    warnings = sum(1 for problem in plan.problems if problem.severity == "warning")
    warned = f"; {counted(warnings, 'warning')}" if warnings else ""
    kept = len(plan) - changed
    loaded = sum(isinstance(one.action, Load) for one in plan.values())
    copied = sum(isinstance(one.action, CopyOf) for one in plan.values())
    to_load = f"{loaded} to load, " if loaded else ""
    to_copy = f"{copied} to copy, " if copied else ""
    counts = (
        f"{to_load}{to_copy}{changed - loaded - copied} to initialize, {kept} {kept_text(kept)}"
    )
    return f"{counted(len(plan), 'variable')}: {counts}{warned}"


def explanation_layout(assignments: Iterable[Assignment]) -> Layout:
    """Why variables receive what they receive, every matching rule included.

    Args:
        assignments: the variables to explain, in the order to show them.
    """
    explained = tuple(assignments)
    return Layout(
        document=lambda: {
            "declinit_explanation": 1,
            "variables": [{**one.to_dict(), "aliases": list(one.aliases)} for one in explained],
        },
        tables=tuple(map(_explanation, explained)),
    )


def _explanation(one: Assignment) -> Facts:
    about = f" (also {', '.join(one.aliases)})" if one.aliases else ""
    return Facts(subject=one.path, about=about, facts=tuple(_facts(one)))


def _facts(one: Assignment) -> Iterator[Fact]:
    yield Fact("", (f"{one.layer}, shape {shape_text(one.shape)}, {one.dtype}",))
    yield from (Fact("matched", _rule_cells(rule)) for rule in one.beaten)
    if one.rule is None:
        yield Fact("", (f"no rule matches: {kept_text()}",))
        return
    yield Fact("wins", _rule_cells(one.rule), tone="good")
    for label, text in (
        *(("formula", str(formula)) for formula in one.formulas),
        ("receives" if one.source or one.copied else "builds", _receiving(one)),
        ("file", f"{one.source.file}, SHA-256 {one.source.sha256}" if one.source else ""),
        ("seed", "" if one.seed is None else str(one.seed)),
        ("fans", fans_text(one.fans)),
        ("values", values_text(one)),
        ("Keras", _beside_keras(one)),
    ):
        if text:
            yield Fact(label, (text,))


def _receiving(one: Assignment) -> str:
    """What fills the variable; nothing where it is kept."""
    return "" if isinstance(one.action, Keep) else _filling(one)


def _rule_cells(rule: RuleRef) -> tuple[str, ...]:
    return (rule.label, rule.says, rule.where or "")
