"""Inventories: a model's variables, and the initializers that its layers carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declinit.plans.inventory import Inventory, VariableInfo
from declinit.render.layout import Cell, Layout, Table, row
from declinit.wording import counted, fans_text, shape_text

COLUMNS = ("path", "shape", "dtype", "layer", "state", "initializer", "fans", "aliases")


def inventory_layout(inventory: Inventory, initializers: Mapping[str, Mapping[str, Any]]) -> Layout:
    """Every variable of a model.

    Args:
        inventory: the variables.
        initializers: the serialized initializers that layers carry, by path.
    """
    rows = tuple(_variable_row(info, initializers.get(info.path)) for info in inventory)
    return Layout(
        document=lambda: _document(inventory, initializers),
        tables=(Table(columns=COLUMNS, rows=rows),),
        summary=counted(len(inventory), "variable"),
    )


def _document(
    inventory: Inventory, initializers: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    variables = [
        {**info.to_dict(), "initializer": initializers.get(info.path)} for info in inventory
    ]
    return {"declinit_inventory": 1, "variables": variables}


def _variable_row(info: VariableInfo, config: Mapping[str, Any] | None) -> tuple[Cell, ...]:
    return row(
        info.path,
        shape_text(info.shape),
        info.dtype,
        info.layer,
        "seed state" if info.seed_state else "trainable" if info.trainable else "fixed",
        str(config["class_name"]) if config else "-",
        fans_text(info.fans),
        f"also {', '.join(info.aliases)}" if info.aliases else "",
    )
