"""Weight files: their tensors by name, read one at a time, without a model and without Keras.

    open_checkpoint -> Checkpoint, a mapping of names to StoredTensor -> read() -> an array

- `opening`: `open_checkpoint`, the door to every format
- `tensors`: `Checkpoint` and `StoredTensor`
- `formats`: what a file is, by its content; pickles are refused
- `keras_files`: `.weights.h5`, `.keras`, and shards of the first
- `recorded_layers`: paths of layers from the names that Keras records
- `safetensors`, `npz`, `shards`: the other formats, and indices of several files
- `hdf5`, `attributes`, `zips`: what the formats are made of, within bounds
- `regions`, `slicing`: bytes of files, and tensors out of them; no copy between disk and array
- `dtypes`: element types by name
- `json_objects`: headers and indices
- `digests`: SHA-256 of files
- `faults`: everything that is refused

Nothing in a file is ever executed, and no file opens another except the shards beside an index.
"""

from declinit.checkpoints.digests import file_digest
from declinit.checkpoints.faults import nearest
from declinit.checkpoints.opening import open_checkpoint
from declinit.checkpoints.tensors import Checkpoint, StoredTensor

__all__ = ["Checkpoint", "StoredTensor", "file_digest", "nearest", "open_checkpoint"]
