"""YAML or JSON text to plain data that knows, for every node, where it was written.

    text -> yaml_events | json_events | python_events -> Builder -> Node

- `node`: `Node`, a value with the line and column of everything in it
- `scalars`: what one unquoted word means, by the YAML 1.2 core schema
- `lines`: an offset in a text as line and column
- `builder`: `Builder` grows a node out of events; limits, duplicates and keys are checked here, once
- `yaml_events`, `json_events`, `python_events`: the three things that a node is read from
- `yaml_faults`: a YAML syntax error said for people, above all the pattern that wants quotes
- `reading`: `read` a file, `parse` a text

Nothing but `SpecError` is raised, and it holds all faults that could be found.
"""

from declinit.documents.builder import MAX_DEPTH, MAX_NODES
from declinit.documents.node import Node
from declinit.documents.python_events import node_of
from declinit.documents.reading import Format, parse, read
from declinit.documents.scalars import Data

__all__ = ["MAX_DEPTH", "MAX_NODES", "Data", "Format", "Node", "node_of", "parse", "read"]
