"""Policies as the text of a YAML file, as a person would write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from declinit.serialization import json_text, without_hazards

WIDTH = 100
LONGEST = 72  # characters of a list or a mapping that stands on one line


def policy_text(config: Mapping[str, Any], remarks: Iterable[str] = ()) -> str:
    """A policy as YAML, with short lists and mappings on one line.

    Args:
        config: the document.
        remarks: lines of a comment at the end; names in them are quoted by `quoted`.
    """
    return yaml_text(_arranged(config)) + "".join(f"# {line}\n" for line in remarks)


def flat_text(config: Mapping[str, Any], title: str, origins: Sequence[str]) -> str:
    """A policy as YAML, with a comment above each rule that says where it is from.

    Args:
        config: the document.
        title: the first comment.
        origins: of each rule.
    """
    settings = {key: value for key, value in config.items() if key != "rules"}
    rules = zip(config["rules"], origins, strict=True)
    entries = "".join(f"{_comment(origin)}{_entry(rule)}" for rule, origin in rules)
    body = f"rules:\n{entries}" if entries else "rules: []\n"
    return f"{_comment(title)}{yaml_text(_arranged(settings))}{body}"


def _entry(rule: Mapping[str, Any]) -> str:
    """A rule as an entry of a list."""
    return yaml_text(_arranged({"rules": [rule]})).partition("\n")[2]


def _comment(text: str) -> str:
    """A line of a comment; the name of a file may hold whatever would end one."""
    return f"# {text if text.isprintable() else quoted(text)}\n"


def quoted(text: str) -> str:
    """A text between double quotes: safe in a comment, and read back by YAML as it was."""
    return json_text(text).rstrip("\n")


def yaml_text(data: Any) -> str:
    """Data as YAML, in which every string that could be mistaken for something else is quoted."""
    import yaml

    # Quoted throughout: YAML 1.1 and 1.2 then agree on what every string is.
    body = yaml.dump(data, Dumper=_dumper(), sort_keys=False, width=WIDTH, allow_unicode=True)
    return without_hazards(str(body))


class _OnOneLine(dict[str, Any]):
    """A mapping in flow style."""


class _ListOnOneLine(list[Any]):
    """A list in flow style."""


def _arranged(value: Any, depth: int = 0) -> Any:
    """The document with what is short, and not itself a section or a rule, on one line."""
    if isinstance(value, Mapping):
        short = depth > 2 and len(json_text(value)) <= LONGEST
        make = _OnOneLine if short else dict
        return make({key: _arranged(one, depth + 1) for key, one in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        short = depth > 1 and len(json_text(value)) <= LONGEST
        make_list = _ListOnOneLine if short else list
        return make_list(_arranged(one, depth + 1) for one in value)
    return value


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Strings that a plain scalar could be mistaken for are quoted."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def string(dumper: Any, text: str) -> Any:
        # Only between double quotes can an escape stand for what a terminal or an encoding lacks.
        plain = text.isascii() and (text.isidentifier() or text.endswith("."))
        style = None if plain and text not in {"null", "true", "false"} else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def mapping(dumper: Any, data: Any) -> Any:
        return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)

    def sequence(dumper: Any, data: Any) -> Any:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)

    Dumper.add_representer(str, string)
    Dumper.add_representer(_OnOneLine, mapping)
    Dumper.add_representer(_ListOnOneLine, sequence)
    return Dumper
