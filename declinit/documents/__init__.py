"""YAML or JSON text to plain data that knows, for every node, where it was written.

    text -> yaml_events | json_events | python_events -> Builder -> Node

- `node`: `Node`, a value with the line and column of everything in it
- `scalars`: the value of an unquoted word by the YAML 1.2 core schema
- `lines`: an offset in a text as line and column
- `builder`: `Builder` makes a node from events; limits, duplicates and keys are checked only here
- `yaml_events`, `json_events`, `python_events`: the three notations that a node is read from
- `yaml_faults`: YAML's errors of syntax in words for people, above all the pattern that needs
  quotes
- `kinds`: what a document is: a spec, a plan or an audit
- `reading`: `read` a file, `parse` a text or a part of one

Only `SpecError` is raised, and it holds all faults that could be found.
"""

from declinit.documents.builder import MAX_DEPTH, MAX_NODES
from declinit.documents.node import Node
from declinit.documents.python_events import node_of
from declinit.documents.reading import Notation, parse, parse_part, printable, read, read_stream
from declinit.documents.scalars import Data

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "Data",
    "Node",
    "Notation",
    "node_of",
    "parse",
    "parse_part",
    "printable",
    "read",
    "read_stream",
]
