r"""The codes of faults: one row for each kind of mistake that is mended in one way.

    DI1xx  reading files and text: syntax, limits, encodings; from DI130 on files of weights
    DI2xx  what a document says: keys, types, initializers, patterns, ids, extends, overrides
    DI3xx  a policy and a model: rules that match nothing, shapes, fans, seeds
    DI4xx  models: finding, loading and building them, applying a plan to one; arguments of functions
    DI5xx  plans and audits as documents
    DI6xx  initializers of users, and the portable generator
    DI7xx  the command line, and files to write

A code never changes its meaning, and the code of a fault that no longer exists is not given to
another: people search for codes and silence them in scripts.

An `example` is a YAML document that gives the code and no other. One that begins with `{"` is a
JSON document, one with `--` an option of the command line, one with `$` a whole command, and one
with `>>>` is Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault, explained.

    Attributes:
        code: `DI` and three digits.
        title: the mistake in a few words.
        why: why it is refused, or warned of.
        mend: what to do about it.
        example: the shortest input that gives it.
    """

    code: str
    title: str
    why: str
    mend: str
    example: str


_READING = (
    Code(
        "DI101",
        "a file cannot be read",
        "The file does not exist, is a folder, or may not be opened by this user.",
        "Check the path. A file named by `extends` is looked for beside the file that names it.",
        "declinit: 1\nextends: missing.yaml\n",
    ),
    Code(
        "DI102",
        "a document exceeds a limit",
        "Documents hold at most 64 MiB, 2,000,000 lines, 1,000,000 values, and 64 levels of "
        "nesting, and a text of `--rule` at most 10,000 characters, so that a damaged or hostile "
        "text ends in an error rather than in a full memory. Reading and checking also stop after "
        "100 faults.",
        "Split the document, or mend the faults listed before this one.",
        "[" * 65 + "]" * 65 + "\n",
    ),
    Code(
        "DI103",
        "a file is not text",
        "Documents are UTF-8, or UTF-16 with a byte-order mark. Other encodings cannot be "
        "distinguished, so reading them would be a guess.",
        "Save the file as UTF-8.",
        "declinit: 1\nnote: café\nrules: []\n",
    ),
    Code(
        "DI104",
        "a document is empty",
        "The file holds nothing but blanks and comments.",
        "Write at least `declinit: 1` and `rules: []`.",
        "# to be written\n",
    ),
    Code(
        "DI105",
        "a key is repeated",
        "YAML and JSON libraries silently keep one of the two values, so one would be lost.",
        "Remove one of the two, or join their values.",
        "declinit: 1\nseed: 1\nseed: 2\nrules: []\n",
    ),
    Code(
        "DI106",
        "a key is not a string",
        "Every key of a document is a name. A number, `true`, a list or a mapping as a key is "
        "nearly always an unquoted pattern or a missing name.",
        "Put the key in quotes, or write the name that is missing before the `:`.",
        "declinit: 1\nrules: []\n1: a\n",
    ),
    Code(
        "DI107",
        "a number is out of range",
        "Numbers are finite double-precision floats or integers of at most 300 digits. No "
        "setting takes NaN or an infinity.",
        "Write a finite number of ordinary length.",
        "declinit: 1\nrules:\n- match: a\n  initializer: {name: constant, value: .inf}\n",
    ),
    Code(
        "DI108",
        "a character or escape is not allowed",
        "Control characters are not allowed in YAML or in JSON strings, and an escape must be one "
        "that the notation defines and must give a character.",
        r"Write the character itself, or the escape that the notation has for it; a backslash in "
        r"double quotes is written `\\`.",
        'declinit: 1\nnote: "\\q"\nrules: []\n',
    ),
    Code(
        "DI109",
        "text must be quoted",
        "YAML gives `*`, `!`, `{`, `[`, `&`, `@`, `%` and backquotes a meaning of their own at the "
        "start of a word, and patterns often start so. Between braces it ends a value at `,`, also "
        "within a formula.",
        "Put quotes around the pattern or the formula: `'**/kernel'`.",
        "declinit: 1\nrules:\n- match: **/kernel\n  initializer: zeros\n",
    ),
    Code(
        "DI110",
        "anchors and aliases are not supported",
        "An alias makes a value depend on another place in the file, and can make a small file "
        "expand without bound.",
        "Write the value out where it is needed, or inherit a file through `extends`.",
        "declinit: 1\nseed: &root 7\nrules: []\n",
    ),
    Code(
        "DI111",
        "tags are not supported",
        "A tag such as `!!int` would let a file say what Python object to build. Values have the "
        "type that they look like.",
        "Remove the tag; quote the word if it is text.",
        "declinit: 1\nseed: !!int 7\nrules: []\n",
    ),
    Code(
        "DI112",
        "a file holds a second document",
        "One file is one policy. A line `---` begins another document in YAML.",
        "Remove the `---`, or split the file and join the parts through `extends`.",
        "declinit: 1\nrules: []\n---\nrules: []\n",
    ),
    Code(
        "DI113",
        "a quote or bracket is never closed",
        "Everything up to the end of the file belongs to it.",
        "Close the quote or bracket that the message points to.",
        "declinit: 1\nrules: []\nnote: 'open\n",
    ),
    Code(
        "DI114",
        "the indentation is wrong",
        "YAML reads structure from indentation: lines of one mapping or list start in one "
        "column, and tabs do not count.",
        "Indent with spaces, as far as the lines that the line belongs to.",
        "declinit: 1\nstrict:\n  unused: warn\n shadowed: warn\nrules: []\n",
    ),
    Code(
        "DI115",
        "YAML syntax",
        "The text is not YAML at this place.",
        "Follow the hint; quote text that holds `: `, ` #` or brackets.",
        "declinit: 1\nnote: a: b\nrules: []\n",
    ),
    Code(
        "DI116",
        "JSON syntax",
        "The text is not JSON at this place. A file is read as JSON if its name ends in `.json`.",
        "Follow the hint, or save the file with the ending `.yaml`.",
        '{"declinit": 1 "rules": []}\n',
    ),
    Code(
        "DI117",
        "JSON has no comments and no trailing commas",
        "Standard JSON readers, editors' among them, refuse both.",
        "Remove the comment or comma, or save the file with the ending `.yaml`.",
        '{"declinit": 1, "rules": [],}\n',
    ),
    Code(
        "DI118",
        "a value is not plain data",
        "A policy given from Python holds what a file could hold, so that it can be written, "
        "compared and recorded.",
        "Give dict, list, tuple, str, int, float, bool or None.",
        '>>> declinit.Spec.from_config({"declinit": 1, "rules": {"a"}})',
    ),
    Code(
        "DI153",
        "a value of a config cannot be read",
        "A config library computes values when they are asked for. This one is still to be given "
        "(`???` in OmegaConf), refers to something that is not there, or refers to itself.",
        "Give the value, or correct what it refers to; the message ends with what the library says.",
        '>>> declinit.Spec.from_config(OmegaConf.create({"declinit": 1, "seed": "???", "rules": []}))',
    ),
    Code(
        "DI151",
        "there is no recipe of a name",
        "`recipe:NAME` is one of the policies that come with declinit; names are looked up in their "
        "list, so none leads to another file.",
        "Name one of those that `declinit recipes` lists, or the path of your own file.",
        "declinit: 1\nextends: recipe:gtp2\n",
    ),
    Code(
        "DI122",
        "a document is no regular file",
        "A device may never end and a pipe may never begin, so `extends` names ordinary files "
        "only, and a spec comes from a file or from the pipe of a shell.",
        "Name an ordinary file; `declinit validate <(program)` reads what a program writes.",
        "declinit: 1\nextends: /dev/null\nrules: []\n",
    ),
)

_WEIGHTS = (
    Code(
        "DI130",
        "a file of weights has another format",
        "The format is told by the content, whatever the name promises.",
        "Save the weights as .weights.h5, .keras, .safetensors or .npz.",
        ">>> open_checkpoint('text.h5')",
    ),
    Code(
        "DI131",
        "a file of weights is a pickle",
        "Reading a pickle runs what it holds, so that a file from someone else could do anything. "
        "What PyTorch saves as .pt, .pth or .bin is one.",
        "Convert it where it comes from: "
        "`safetensors.torch.save_file(model.state_dict(), 'model.safetensors')`.",
        ">>> open_checkpoint('pytorch_model.bin')",
    ),
    Code(
        "DI132",
        "a file of weights is damaged",
        "It ends too early, contradicts itself, or its checksum is wrong.",
        "Copy or save it again.",
        ">>> open_checkpoint('truncated.safetensors')",
    ),
    Code(
        "DI133",
        "a file of weights claims too much",
        "Headers have at most 32 MiB, members of archives expand at most a hundredfold beyond "
        "64 MiB, datasets are stored in full: a hostile file ends in an error, not in a full "
        "memory or disk.",
        "Save the weights anew, uncompressed.",
        ">>> open_checkpoint('bomb.npz')",
    ),
    Code(
        "DI134",
        "a file of weights leads out of itself",
        "Links, virtual datasets and paths to other folders would make reading one file open "
        "others. Only the shards beside an index are opened.",
        "Save the weights anew; put shards into the folder of their index.",
        ">>> open_checkpoint('links.h5')",
    ),
    Code(
        "DI135",
        "an index and its shards do not fit",
        "A shard is missing or cannot be read, or holds less than the index says.",
        "Put all files of the checkpoint into one folder.",
        ">>> open_checkpoint('model.safetensors.index.json')",
    ),
    Code(
        "DI136",
        "a tensor cannot be read",
        "Its elements are objects, texts or of a type that neither NumPy nor ml_dtypes has. The "
        "other tensors of the file can be read.",
        "Leave it out, or save it as numbers.",
        ">>> open_checkpoint('objects.npz')['a'].read()",
    ),
    Code(
        "DI137",
        "two tensors have one name",
        "Readers differ in which of the two they take.",
        "Save the weights anew.",
        ">>> open_checkpoint('repeated.safetensors')",
    ),
    Code(
        "DI138",
        "the name of a tensor is not allowed",
        "Names are shown and recorded, so they have from 1 to 4096 characters, all of which can "
        "be shown.",
        "Give the tensor another name.",
        ">>> open_checkpoint('misnamed.safetensors')",
    ),
    Code(
        "DI139",
        "no tensor has this name",
        "A checkpoint holds only what was saved.",
        "Take the name that the hint proposes, or list all names.",
        ">>> open_checkpoint('weights.safetensors').find('kernle')",
    ),
    Code(
        "DI140",
        "a name can mean several tensors",
        "Keras' files record where a layer was held and its name; the name of one layer may be "
        "the attribute of another. Taking one of them would be a guess.",
        "Name the tensor by the address that the file has for it.",
        ">>> open_checkpoint('twins.weights.h5').find('a/0')",
    ),
)

_DOCUMENTS = (
    Code(
        "DI201",
        "an unknown key",
        "A key that nothing reads is a misspelling or a misunderstanding; passing over it would "
        "leave a setting without effect.",
        "Use one of the keys that the message names, or remove the key.",
        "declinit: 1\nsead: 7\nrules: []\n",
    ),
    Code(
        "DI202",
        "a key is missing",
        "The document, rule or initializer is incomplete without it.",
        "Add the key.",
        "declinit: 1\nrules:\n- match: a\n",
    ),
    Code(
        "DI203",
        "a value has the wrong type",
        "The key takes another type. `7.0` is not a whole number and `yes` is a string: values "
        "have the type that YAML 1.2 gives them.",
        "Write a value of the type that the message names.",
        'declinit: 1\nseed: "7"\nrules: []\n',
    ),
    Code(
        "DI204",
        "a value is not one of the choices",
        "The key takes a few fixed values.",
        "Write one of the values that the message lists.",
        "declinit: 1\ngenerator: Portable\nrules: []\n",
    ),
    Code(
        "DI205",
        "a number or length is out of bounds",
        "The key takes values between bounds: a stddev below zero or a seed beyond the largest "
        "one has no meaning.",
        "Write a value within the bounds.",
        "declinit: 1\nseed: -1\nrules: []\n",
    ),
    Code(
        "DI206",
        "a value is empty",
        "An empty pattern, list or mapping would match or say nothing.",
        "Write a value, or remove the key.",
        'declinit: 1\nrules:\n- match: ""\n  initializer: zeros\n',
    ),
    Code(
        "DI207",
        "a text has the wrong form",
        "Ids are typed on the command line and stand before a dot in `--set`; digests are 64 "
        "hexadecimal digits.",
        "Write a text of the form that the message describes.",
        "declinit: 1\nrules:\n- id: my rule\n  match: a\n  initializer: zeros\n",
    ),
    Code(
        "DI208",
        "a rule has two actions",
        "A rule does one thing to its variables: an initializer fills them, `keep: true` leaves "
        "them.",
        "Remove `initializer` or `keep`.",
        "declinit: 1\nrules:\n- match: a\n  initializer: zeros\n  keep: true\n",
    ),
    Code(
        "DI209",
        "an unknown initializer",
        "No initializer has this name: not among the built-in ones, not among those that were "
        "registered.",
        "`declinit initializers` lists all names. Import the module that registers your own with "
        "`--import`.",
        "declinit: 1\nrules:\n- match: a\n  initializer: he_norml\n",
    ),
    Code(
        "DI210",
        "parameters contradict each other",
        "Each is fine by itself, but together they describe no distribution.",
        "Change one of the parameters; the message names the condition.",
        "declinit: 1\nrules:\n- match: a\n"
        "  initializer: {name: random_uniform, minval: 1, maxval: 0}\n",
    ),
    Code(
        "DI211",
        "a pattern or one of its segments is empty",
        "Paths are names joined with `/`, without one at the start or the end.",
        "Remove the extra `/`; `**` stands for any number of segments.",
        "declinit: 1\nrules:\n- match: /head/kernel\n  initializer: zeros\n",
    ),
    Code(
        "DI212",
        "`**` is not a whole segment",
        "`**` stands for any number of segments, so it cannot be a part of one.",
        "Write `a/**/b`, or `*` inside a name.",
        "declinit: 1\nrules:\n- match: head**\n  initializer: zeros\n",
    ),
    Code(
        "DI213",
        "a bracket of a pattern has no partner",
        "`[`, `{` and `\\` have a meaning in patterns: a class, alternatives, an escape.",
        "Close the bracket, or write `\\` before a character that stands for itself.",
        "declinit: 1\nrules:\n- match: head[\n  initializer: zeros\n",
    ),
    Code(
        "DI214",
        "a range is malformed",
        "A range `{0..11}` has two whole numbers of at most 18 digits, perhaps with a step as in "
        "`{0..10..2}`, and a class `[a-z]` two characters, the smaller one first.",
        "Write the smaller bound first; use `{a,b}` for alternatives that are not numbers.",
        "declinit: 1\nrules:\n- match: block_{3..1}/kernel\n  initializer: zeros\n",
    ),
    Code(
        "DI215",
        "brackets leave nothing to choose",
        "A class needs a character, braces need two alternatives or a range, and braces nest at "
        "most 16 deep.",
        "Write `{a,b}`, `{0..11}` or `{l}`, or `\\` before a character that stands for itself.",
        "declinit: 1\nrules:\n- match: head_{}/kernel\n  initializer: zeros\n",
    ),
    Code(
        "DI216",
        "a `/` inside brackets or escaped",
        "`/` always separates segments: no name holds one, and brackets stay inside a segment.",
        "Give `match` a list of patterns.",
        "declinit: 1\nrules:\n- match: '{head/a,tail}'\n  initializer: zeros\n",
    ),
    Code(
        "DI217",
        "`expect` has its bounds reversed",
        "No number of variables is at least `min` and at most `max`.",
        "Write the smaller bound as `min`.",
        "declinit: 1\nrules:\n- {match: a, initializer: zeros, expect: {min: 3, max: 2}}\n",
    ),
    Code(
        "DI218",
        "an id is used twice",
        "`disable`, `--set` and a rule that replaces an inherited one find rules by their ids.",
        "Give one of the rules another id.",
        "declinit: 1\nrules:\n"
        "- {id: head, match: a, initializer: zeros}\n"
        "- {id: head, match: b, initializer: zeros}\n",
    ),
    Code(
        "DI219",
        "`disable` names no inherited rule",
        "Only rules that came through `extends` and have an id can be disabled.",
        "Correct the id, or remove it from `disable`.",
        "declinit: 1\ndisable: [head]\nrules: []\n",
    ),
    Code(
        "DI220",
        "specs extend each other without end",
        "A file that extends itself, if only through others, has no beginning; a chain holds at "
        "most 16 files.",
        "Remove one of the `extends`.",
        "declinit: 1\nextends: example.yaml\n",
    ),
    Code(
        "DI221",
        "`extends` without a folder",
        "Data given from Python has no folder in which the other file could be looked for.",
        "Give the folder: `declinit.Spec.from_config(config, base='configs')`; `apply`, `resolve` "
        "and `build` take `base` too.",
        '>>> declinit.Spec.from_config({"declinit": 1, "extends": "base.yaml", "rules": []})',
    ),
    Code(
        "DI222",
        "`--set` is not KEY=VALUE",
        "An override names a setting, or a rule's id and the way to one of its values.",
        "Write `--set seed=7` or `--set RULE-ID.initializer.stddev=0.01`.",
        "--set seed",
    ),
    Code(
        "DI223",
        "`--set` names neither a setting nor a rule",
        "The first name of an override is a setting or the id of a rule; rules without an id "
        "cannot be overridden.",
        "Correct the name, or give the rule an id.",
        "--set sead=7",
    ),
    Code(
        "DI224",
        "`--rule` is not PATTERN=INITIALIZER",
        "A rule on the command line is a pattern, `=`, and what its variables receive.",
        "Write `--rule 'head/kernel=zeros'`, `--rule 'head/kernel=constant(value=0.1)'`, "
        "`--rule 'head/kernel=keep'` or `--rule 'head/kernel=copy_of(tokens/embeddings)'`.",
        "--rule zeros",
    ),
    Code(
        "DI225",
        "an argument of `--rule` is not KEY=VALUE",
        "Parameters of an initializer are given by name.",
        "Write `constant(value=0.1)`; a value with a comma needs quotes or brackets.",
        "--rule head/kernel=constant(0.1)",
    ),
    Code(
        "DI226",
        "a pattern, or all of them, are too long",
        "A pattern has at most 4,096 characters, a segment of it at most 16 ranges of numbers, and "
        "all patterns of a document at most 2,000,000 characters, which bounds the time and the "
        "memory that they take.",
        "Give `match` a list of shorter patterns.",
        f"declinit: 1\nrules:\n- match: {'a' * 5000}\n  initializer: zeros\n",
    ),
    Code(
        "DI231",
        "a formula is malformed",
        "Formulas are numbers, names, `+ - * / **`, parentheses and a few functions; nothing else "
        "of Python belongs to them.",
        "Correct the character that the message points at.",
        '>>> declinit.formulas.Formula.parse("0.02 / sqrt(2 * n_layers")',
    ),
    Code(
        "DI232",
        "a formula uses an unknown name",
        "A name is a constant of the spec, a number captured by the pattern, a fan, or a function.",
        "Correct the name, define it in `constants`, or capture it in the pattern.",
        '>>> declinit.formulas.Formula.parse("squareroot(2)")',
    ),
    Code(
        "DI233",
        "a function of a formula takes other arguments",
        "`min` and `max` take two numbers or more, the other functions one; `count` and `index` take "
        "the name of a capture, `dim` an axis, and `size` a variable and an axis.",
        "Give the arguments that the message names.",
        '>>> declinit.formulas.Formula.parse("max(2)")',
    ),
    Code(
        "DI234",
        "a formula exceeds a limit",
        "A formula has at most 1,000 characters and 32 levels of nesting, and its numbers lie "
        "between 1e-9999 and 1e9999, so that a hostile one is refused at once.",
        "Give names to parts of it in `constants`.",
        '>>> declinit.formulas.Formula.parse("(" * 33 + "1" + ")" * 33)',
    ),
    Code(
        "DI235",
        "a formula has no value",
        "It divides by zero, takes a root or a logarithm of a number that has none, or comes to a "
        "number that float64 cannot hold.",
        "Read the numbers in the message; `max(x, 1)` keeps a divisor away from zero.",
        '>>> declinit.formulas.Formula.parse("1 / 0").value({})',
    ),
    Code(
        "DI236",
        "a capture is malformed or repeated",
        "A capture is `{l}` for a number, `{l:0..11}` for one in a range, or `{x:*}` for text; a "
        "pattern captures at most 8 values, each under a name of its own, outside of `{a,b}`.",
        "Correct the capture, or write `*` for what no formula needs.",
        "declinit: 1\nrules:\n- match: 'block_{l}/head_{l}/kernel'\n  initializer: zeros\n",
    ),
    Code(
        "DI237",
        "a capture leaves a choice",
        "A name could be read in several ways, as `12` could by `{l}{m}`, and a formula would depend "
        "on which one is taken.",
        "Put a character between the parts that neither can hold, as in `stage{s}_block{b}`.",
        "declinit: 1\nrules:\n- match: '*{l}*/kernel'\n  initializer: zeros\n",
    ),
    Code(
        "DI238",
        "a target for renaming is malformed",
        "A target is a path whose `{l}` stand for what the pattern captured; it has no wildcards.",
        "Capture in the pattern what the target names: `{x:*}` for text, `{l}` for a number.",
        '>>> declinit.globs.Template.parse("block_{m}/kernel", ["l"])',
    ),
    Code(
        "DI246",
        "a group is not defined",
        "`$name` stands for the patterns of a group, which the spec, or one that it extends, defines "
        "under `groups`.",
        "Correct the name, or define the group; a path that begins with `$` is written `\\$name`.",
        "declinit: 1\nrules:\n- match: $embeddings\n  initializer: zeros\n",
    ),
    Code(
        "DI247",
        "a move is repeated",
        "Two entries of `moved` with one source or one target leave a choice of seeds.",
        "Keep one of them.",
        "declinit: 1\nmoved:\n- {from: a, to: b}\n- {from: a, to: c}\nrules: []\n",
    ),
    Code(
        "DI248",
        "constants need each other",
        "A constant is computed from others, which must not need it in turn.",
        "Give one constant of the circle as a number.",
        "declinit: 1\nconstants: {a: b + 1, b: a - 1}\nrules: []\n",
    ),
    Code(
        "DI249",
        "a name in formulas has two meanings",
        "A constant or a capture is called like a word of formulas, such as `pi` or `fan_in`, or a "
        "capture like a constant.",
        "Give the constant or the capture another name.",
        "declinit: 1\nconstants: {l: 12}\nrules:\n- match: 'block_{l}/kernel'\n  initializer: zeros\n",
    ),
    Code(
        "DI250",
        "a pattern lacks a capture that a formula needs",
        "A formula is computed for every variable that the rule matches, by whichever of its patterns.",
        "Capture the number in the pattern, as in `block_{l}/kernel`, or take the pattern out.",
        "declinit: 1\nrules:\n- match: ['block_{l}/kernel', head/kernel]\n"
        "  initializer: {name: random_normal, stddev: 0.02 / l}\n",
    ),
    Code(
        "DI251",
        "a move is malformed",
        "An entry of `moved` takes the first segments of a path as it was, and as it is now.",
        "Write whole segments that differ, or drop the entry.",
        "declinit: 1\nmoved:\n- {from: encoder/, to: decoder}\nrules: []\n",
    ),
    Code(
        "DI252",
        "a group names another group",
        "A group is a list of patterns, so that one sees at once what it matches.",
        "Name both groups in the rule.",
        "declinit: 1\ngroups: {a: '**/kernel', b: [$a]}\nrules: []\n",
    ),
    Code(
        "DI260",
        "a part is not written as a slicing",
        "`at` is NumPy's basic indexing: indices and slices with commas between them, and one `...` "
        "for all other axes. A part is a set of elements, so a step is positive.",
        "Write `0` for the first row, `-1` for the last, `..., :64` for the first 64 units.",
        "declinit: 1\nrules:\n- match: '**'\n  initializer: ones\n"
        "  parts: [{at: 'first', initializer: zeros}]\n",
    ),
)

_RULE = "declinit: 1\nrules:\n"
_LOAD = (
    "declinit: 1\nseed: 1\ncheckpoints: {base: base.npz}\nrules:\n"
    "- {match: '**', load: {from: base, "
)

_FITTING = (
    Code(
        "DI301",
        "no rule covers a variable",
        "A trainable variable would keep its values by accident.",
        "Add a rule, one with `keep: true` to leave the variable, or set `strict.unmatched`.",
        "declinit: 1\nrules: []\n",
    ),
    Code(
        "DI302",
        "a rule matches no variable",
        "A rule without effect is usually misspelt, or meant for another model.",
        "Correct the pattern, mark the rule `optional: true`, or set `strict.unused`.",
        _RULE + "- {match: '**', initializer: zeros}\n- {match: haed/kernel, initializer: zeros}\n",
    ),
    Code(
        "DI303",
        "a rule decides nothing",
        "Later rules win every variable that it matches.",
        "Move the rule down, narrow the later ones, or set `strict.shadowed`.",
        _RULE + "- {match: head/kernel, initializer: zeros}\n- {match: '**', initializer: ones}\n",
    ),
    Code(
        "DI304",
        "several rules match a variable",
        "The last one wins, but `strict.overlap` asks for rules that share no variable.",
        "Use `exclude` to keep the rules apart, or set `strict.overlap: allow`.",
        "declinit: 1\nstrict: {overlap: error, shadowed: allow}\nrules:\n"
        "- {match: '**', initializer: zeros}\n- {match: head/kernel, initializer: ones}\n",
    ),
    Code(
        "DI305",
        "a rule matches another number of variables than it expects",
        "`expect` guards a rule against a model that has changed.",
        "Correct the pattern or the number.",
        _RULE + "- {match: '**', initializer: zeros, expect: 99}\n",
    ),
    Code(
        "DI306",
        "a shared variable goes to different rules",
        "A variable that is reached in several ways has one value, but rules disagree about it "
        "depending on the way.",
        "Let one later rule match both addresses.",
        _RULE + "- {match: '**', initializer: zeros}\n- {match: tied/kernel, initializer: ones}\n",
    ),
    Code(
        "DI307",
        "an initializer cannot fill a dtype",
        "Initializers make floating-point values; quantized and integer variables are state.",
        "Leave the variable out with `exclude`, or use `generator: portable`.",
        _RULE + "- {match: '**', initializer: he_normal}\n",
    ),
    Code(
        "DI308",
        "an initializer cannot fill a shape",
        "Some initializers are defined for matrices or kernels only, only kernels of gates can be "
        "split into them, and an array must lie along axes of its own sizes.",
        "Leave the variable out with `exclude`, or choose another initializer.",
        _RULE + "- {match: '**', initializer: orthogonal}\n",
    ),
    Code(
        "DI309",
        "there are no fans to count",
        "An initializer that scales by fans needs inputs and outputs, and a bias or a scale has "
        "neither.",
        "Give a fixed stddev, `input_axes` and `output_axes`, or `fans: keras`.",
        _RULE + "- {match: '**', initializer: he_normal}\n",
    ),
    Code(
        "DI310",
        "fans are guessed",
        "The layer is not one that declinit knows, so its fans are counted from the shape, as "
        "Keras does.",
        "Give `input_axes` and `output_axes`.",
        _RULE + "- {match: '**', initializer: he_normal}\n",
    ),
    Code(
        "DI311",
        "an axis does not exist",
        "`input_axes` and `output_axes` count the axes of the variable, from 0 or from -1.",
        "Correct the axes, or give the variables of another rank a rule of their own.",
        _RULE + "- match: '**/kernel'\n"
        "  initializer: {name: he_normal, input_axes: [5], output_axes: [1]}\n",
    ),
    Code(
        "DI312",
        "an initializer cannot be built",
        "Its class or function refuses the parameters, or cannot be found.",
        "Read the reason in the message, and import the module that registers it with `--import`.",
        _RULE + "- {match: '**', initializer: My>Missing}\n",
    ),
    Code(
        "DI313",
        "several variables receive the same random numbers",
        "They have one seed, so equal shapes get equal values, and training may never tell them "
        "apart.",
        "Leave the seed of the initializer out to derive one for each variable, or choose another "
        "root seed.",
        _RULE + "- {match: '**/kernel', initializer: {name: he_normal, seed: 7}}\n",
    ),
    Code(
        "DI314",
        "a seed is too large for keras.random",
        "The generators of Keras' backends take seeds of 31 bits.",
        "Choose a smaller seed.",
        _RULE + "- {match: '**/kernel', initializer: {name: he_normal, seed: 9999999999}}\n",
    ),
    Code(
        "DI326",
        "a formula asks for what the model does not have",
        "A bias has no fans, a variable no such axis, a path no number, or no one variable is meant.",
        "Ask for something else, such as `dim(-1)` or `layer.fan_in`, or leave the variables out.",
        _RULE + "- match: '**'\n  initializer: {name: random_normal, stddev: 1 / dim(7)}\n",
    ),
    Code(
        "DI327",
        "two variables were moved from one path",
        "`moved` says that both had this path before, so both would draw from its seed.",
        "Drop the entry, or say where the other variable was.",
        "declinit: 1\nmoved: [{from: head, to: tail}]\nrules:\n- {match: '**', initializer: zeros}\n",
    ),
    Code(
        "DI328",
        "a move finds no variable",
        "Nothing lies below the path that an entry of `moved` ends at, so it keeps no seed.",
        "Correct the path, drop the entry, or set `strict: {unused: allow}`.",
        "declinit: 1\nmoved: [{from: neck, to: haed}]\nrules:\n- {match: '**', initializer: zeros}\n",
    ),
    Code(
        "DI329",
        "a constant or a group is not used",
        "No formula uses the constant, or no rule names the group, but another of a similar name. Where "
        "a file wanted to replace that one, its name is misspelt, and nothing was replaced.",
        "Correct the name, drop the entry, or set `strict: {unused: allow}`.",
        "declinit: 1\nconstants: {std: 1, stdd: 2}\nrules:\n"
        "- {match: '**', initializer: {name: constant, value: std}}\n",
    ),
    Code(
        "DI330",
        "a part lies outside of a variable",
        "The indices of `at` are those of the variable's shape. Nothing is clipped to it, as NumPy "
        "would, since a part that is cut short is rarely what was meant.",
        "Correct the indices, or give variables of another shape a rule of their own.",
        _RULE + "- {match: '**', initializer: ones, parts: [{at: '4', initializer: zeros}]}\n",
    ),
    Code(
        "DI331",
        "a part is empty",
        "It holds no element, so its initializer would do nothing.",
        "Correct the slice: the second number is the index behind the last.",
        _RULE + "- {match: '**', initializer: ones, parts: [{at: '2:2', initializer: zeros}]}\n",
    ),
    Code(
        "DI332",
        "parts overlap",
        "An element would have several initializers. So it would where a part has some, but not "
        "all, elements of what the layer fills by itself, as an LSTM its forget gate.",
        "Correct the slices, so that each element is in one part at most.",
        _RULE + "- match: '**'\n  initializer: ones\n"
        "  parts: [{at: '0', initializer: zeros}, {at: '..., 0', initializer: zeros}]\n",
    ),
    Code(
        "DI333",
        "there is no such gate",
        "Only variables of recurrent cells have gates, and each cell has its own.",
        "Correct the name, or say with `at` which elements are meant.",
        _RULE + "- match: '**'\n  initializer: ones\n"
        "  parts: [{gate: forget, initializer: zeros}]\n",
    ),
    Code(
        "DI334",
        "a pattern names a layer as Keras numbers it",
        "`dense_1` is the second unnamed Dense of a model: once one is added before it, the name is "
        "another layer's, and the rule fills that one without a word.",
        "Name the layer in the model, and in the pattern; or `allow: [DI334]`.",
        "declinit: 1\nseed: 1\nrules:\n- {match: dense_1/kernel, initializer: zeros}\n",
    ),
    Code(
        "DI335",
        "a class of digits that reaches no second digit",
        "`[0-9]` is one character, so `block_[0-9]` leaves `block_10` alone.",
        "Write `{0..12}` for a range of numbers, or `*`; or `allow: [DI335]`.",
        "declinit: 1\nseed: 1\nrules:\n- {match: 'block_[0-9]/kernel', initializer: zeros}\n",
    ),
    Code(
        "DI336",
        "one seed is given to several initializers",
        "Equal seeds draw from one stream, so that values of one kind are a function of those of "
        "another, and equal shapes of one kind have equal values.",
        "Leave the seeds out, so that each variable's is derived; or `allow: [DI336]`.",
        "declinit: 1\nseed: 1\nrules:\n"
        "- {match: a, initializer: {name: he_normal, seed: 3}}\n"
        "- {match: b, initializer: {name: random_uniform, seed: 3}}\n",
    ),
    Code(
        "DI337",
        "a policy has no seed",
        "Each run draws another root seed. The plan and the audit record it, but the policy alone "
        "does not give the same weights again.",
        "Give the policy a `seed`; or `allow: [DI337]`, as a file does that others extend.",
        "declinit: 1\nrules:\n- {match: '**', initializer: he_normal}\n",
    ),
    Code(
        "DI338",
        "later rules match all that a rule matches",
        "The last matching rule wins, so the rule decides nothing, whatever the model is. It is "
        "often the order of a file in which the first one wins.",
        "Put the wider rule first, or drop the other one; or `allow: [DI338]`.",
        "declinit: 1\nseed: 1\nrules:\n- {match: '**/kernel', initializer: he_normal}\n"
        "- {match: '**', initializer: zeros}\n",
    ),
    Code(
        "DI339",
        "ones for a scale that the layer adds 1 to",
        "Some norms, such as KerasHub's of Gemma, compute with `1 + scale`: ones would double the "
        "signal, and zeros leave it as it is.",
        "Give these variables `zeros`, by a rule of their own; or `allow: [DI339]`.",
        "declinit: 1\nseed: 1\nrules:\n- {match: '**', initializer: ones}\n",
    ),
    Code(
        "DI340",
        "a checkpoint lacks a variable's tensor",
        "A rule loads a variable for which the file has nothing, so that the model would be partly "
        "loaded and partly drawn without anybody saying so.",
        "Rename the tensors with `rename`, exclude the variable, or say `on_missing: draw`.",
        _RULE + "- {match: '**', load: {from: other}}\ncheckpoints: {other: other.npz}\n",
    ),
    Code(
        "DI341",
        "a tensor has another shape than the variable",
        "Which elements belong to which would be a guess.",
        "Say which with `take`, `transpose` and `reshape`, or say `on_shape: slice`.",
        _LOAD + "take: '0'}}\n",
    ),
    Code(
        "DI342",
        "several tensors may be meant",
        "Several tensors have the name of one variable once they are renamed, or the names that a "
        "file records leave a choice.",
        "Rename all but one of them.",
        _LOAD + "rename: {'{x:*}/copy': 'head/kernel'}}}\n",
    ),
    Code(
        "DI343",
        "a type is not converted",
        "Floats are converted to other floats, and whole numbers where none is lost. Anything else "
        "would lose more than digits.",
        "Save the tensor in the type that the variable has.",
        _RULE + "- {match: '**', load: {from: other, rename: {complex: head/kernel}}}\n"
        "checkpoints: {other: other.npz}\n",
    ),
    Code(
        "DI344",
        "steps do not fit a tensor",
        "`transpose` names all axes of what `take` leaves, and `reshape` keeps the number of "
        "elements.",
        "Correct the numbers, or give tensors of another rank a rule of their own.",
        _LOAD + "reshape: [3, -1]}}\n",
    ),
    Code(
        "DI345",
        "tensors of a checkpoint are left over",
        "No variable takes them. They may belong to a head that was replaced on purpose, or to "
        "layers that a pattern misses.",
        "Load them, or set `strict.leftover`.",
        _LOAD + "on_missing: draw}, initializer: ones}\nstrict: {leftover: warn}\n",
    ),
    Code(
        "DI350",
        "there is no such checkpoint",
        "A rule loads from a name that `checkpoints` does not give a file.",
        "Name the file under `checkpoints`, or with --checkpoint.",
        _RULE + "- {match: '**', load: {from: base}}\n",
    ),
    Code(
        "DI351",
        "nothing is there to draw from",
        "What is not loaded is drawn by the initializer of the same rule.",
        "Give the rule an `initializer`.",
        _LOAD + "on_missing: draw}}\n",
    ),
    Code(
        "DI352",
        "axes or sizes contradict themselves",
        "`transpose` names each axis once, and `reshape` leaves at most one size to be computed.",
        "Write `transpose: [1, 0]`, or `reshape: [64, -1]`.",
        _LOAD + "transpose: [1, 1]}}\n",
    ),
    Code(
        "DI353",
        "a file is given for a checkpoint that nothing loads from",
        "A misspelt name would leave the file unused.",
        "Correct the name.",
        '>>> declinit.apply(spec, model, checkpoints={"bse": "base.npz"})',
    ),
    Code(
        "DI354",
        "there is no variable to copy",
        "`copy_of` names the whole path of one variable of the model, with what the rule's pattern "
        "captured in it.",
        "Correct the path; `declinit inventory` prints those of a model.",
        _RULE + "- {match: '**', copy_of: head/kernal}\n",
    ),
    Code(
        "DI355",
        "variables copy each other in a circle",
        "None of them has values that the others could receive.",
        "Exclude one of them from the rule, or give it an initializer.",
        _RULE + "- {match: '**', copy_of: head/kernel}\n",
    ),
    Code(
        "DI356",
        "a copy has another shape than the variable",
        "Which elements belong to which would be a guess.",
        "Say which with `take`, `transpose` and `reshape`.",
        "declinit: 1\nseed: 1\nrules:\n- {match: '**', initializer: ones}\n"
        "- {match: head/kernel, copy_of: {path: tail/kernel, take: '0'}}\n",
    ),
    Code(
        "DI357",
        "a copy is not converted or scaled to a type",
        "Floats are converted to other floats, and whole numbers where none is lost; floats alone "
        "are scaled. Anything else would lose more than digits.",
        "Leave quantized and integer variables out with `exclude`.",
        _RULE + "- {match: head/kernel, copy_of: tail/kernel}\n"
        "- {match: tail/kernel, initializer: ones}\n",
    ),
)

_MODELS = (
    Code(
        "DI401",
        "a model is named wrongly",
        "`--model` takes `package.module:function`, a `.keras` file, or a `.json` file with a "
        "model's config.",
        "Name a function that returns a model, or a file.",
        "$ declinit inventory --model nowhere",
    ),
    Code(
        "DI402",
        "a module or function cannot be imported",
        "The module does not exist, fails while it is imported, or lacks the name.",
        "Correct the name. Modules are looked for in the working directory too, and not in `src/`: "
        "install the project (`pip install -e .`), or set `PYTHONPATH=src`.",
        "$ declinit inventory --model nowhere:build",
    ),
    Code(
        "DI403",
        "the function gives no model",
        "It failed, or returned something that is not a Keras model.",
        "Read the error it raised; `--kwargs` passes arguments.",
        "$ declinit inventory --model builtins:dict",
    ),
    Code(
        "DI404",
        "a file of a model or of weights cannot be loaded",
        "The file does not exist, is damaged, holds weights only, or names classes that are not "
        "registered.",
        "Name a `.keras` file, and the module of custom layers with `--import`.",
        "$ declinit inventory --model missing.keras",
    ),
    Code(
        "DI405",
        "Keras cannot start",
        "Keras or its backend is not installed, or `KERAS_BACKEND` names another one.",
        "Install a backend, or set `KERAS_BACKEND` to one that is installed.",
        "$ KERAS_BACKEND=none declinit inventory --model m.keras",
    ),
    Code(
        "DI406",
        "not a model that is built",
        "Variables exist once a model has seen an input shape.",
        "Call the model once on data or on a `keras.Input`, or give `build` a shape.",
        ">>> declinit.survey(keras.Sequential([keras.layers.Dense(1)]))",
    ),
    Code(
        "DI407",
        "a variable has no address",
        "A path must lead to one variable: through attributes, lists and dicts of layers.",
        "Assign its layer to an attribute, and give layers different names.",
        ">>> declinit.survey(model_with_two_layers_of_one_name)",
    ),
    Code(
        "DI408",
        "a plan and a model do not fit each other",
        "The plan or audit names a variable that the model lacks, lacks one that it has, or "
        "records another shape or dtype.",
        "Make the plan or the audit again for this model.",
        ">>> declinit.apply(plan, another_model)",
    ),
    Code(
        "DI409",
        "an initializer failed",
        "It raised an error, or returned another shape or values that are not numbers. Nothing "
        "is assigned before every initializer has been built.",
        "Read its error; the message says which variables were set.",
        ">>> declinit.apply(spec_with_a_failing_initializer, model)",
    ),
    Code(
        "DI410",
        "a model carries an initializer that no spec can name",
        "`export` writes names, and this object is registered under none.",
        "Register it first.",
        ">>> declinit.export(model_with_a_lambda_as_initializer)",
    ),
    Code(
        "DI411",
        "a model cannot be saved",
        "Keras cannot write one of its layers.",
        "Give the layer a `get_config`, or save weights only: `--out model.weights.h5`.",
        "$ declinit apply spec.yaml --model module:build --out model.keras",
    ),
    Code(
        "DI412",
        "weights do not fit a model",
        "The file of weights comes from a model with other layers or shapes.",
        "Name the weights of this model, or the model that the weights were saved from.",
        "$ declinit verify audit.json --model module:build --weights others.weights.h5",
    ),
    Code(
        "DI413",
        "weights are not those of the audit that was applied",
        "An audit holds how to make values, and their digests. Values that it kept, or that the "
        "backend or an initializer of your own drew in its own way, may not come out the same.",
        "Save such weights beside the audit, or use `generator: portable`.",
        "$ declinit apply audit-that-kept.json --model module:build --audit new.json",
    ),
    Code(
        "DI420",
        "a checkpoint is another file than was planned with",
        "A plan and an audit record the digest of each file, so that the same plan always gives the "
        "same weights.",
        "Plan anew, or name the file that was planned with by --checkpoint.",
        '>>> declinit.apply(plan_of_base, model, checkpoints={"base": "other.npz"})',
    ),
    Code(
        "DI422",
        "a checkpoint holds another tensor than was planned with",
        "The file is the one that was planned with, so the plan or the audit was edited.",
        "Plan anew.",
        ">>> declinit.apply(plan_of_another_tensor, model)",
    ),
    Code(
        "DI423",
        "a plan copies what it cannot",
        "The plan was edited: variables copy each other in a circle, or what is copied is not in the "
        "plan, or has another shape or type.",
        "Plan anew.",
        ">>> declinit.apply(plan_of_a_circle, model)",
    ),
    Code(
        "DI424",
        "a saved model names classes that are not registered",
        "Keras writes such a model, and loads it only where somebody has registered its layers.",
        "Decorate the class with `@keras.saving.register_keras_serializable()`, or save weights only: "
        "`--out model.weights.h5`.",
        "$ declinit apply spec.yaml --model module:of_a_class_of_its_own --out model.keras",
    ),
    Code(
        "DI414",
        "an argument of another kind",
        "The function takes something else in this place, often because two arguments are swapped.",
        "Hand over what the message names, in the order that it shows.",
        ">>> declinit.verify(model, audit)",
    ),
    Code(
        "DI430",
        "some of several processes failed",
        "A program on several hosts goes on together or not at all: the others would wait for a "
        "process that failed. All raise this error, which names the processes and their faults.",
        "Mend what the named processes report: a file that one host lacks, or an initializer that "
        "fails there.",
        "$ python train.py  # on several hosts, of which one lacks the spec",
    ),
    Code(
        "DI431",
        "several processes do different things",
        "They have different specs, plans, audits, models, seeds or packages, or one of them "
        "calls another function. One variable would hold parts of different values.",
        "Give every host the same files and packages, and call declinit alike on all of them.",
        "$ python train.py  # on several hosts that have different specs",
    ),
    Code(
        "DI432",
        "another process cannot be reached",
        "It ended, or the network between the hosts failed, while values were being agreed on.",
        "Look for that process's own error, and start all of them again.",
        "$ python train.py  # on several hosts, of which one stops",
    ),
)

_RECORDS = (
    Code(
        "DI501",
        "a variable is listed twice",
        "A plan or an audit has one entry for each variable.",
        "Write the plan or the audit again; they are not meant to be edited.",
        "$ declinit apply edited-plan.json --model module:build --out model.keras",
    ),
    Code(
        "DI502",
        "a file of another kind",
        "A plan, an audit or a spec was given where another of them is expected.",
        "Name the file that the message asks for.",
        "$ declinit validate plan.json",
    ),
    Code(
        "DI571",
        "an entry of a plan or an audit contradicts itself",
        "What it says in two places does not fit, so one of them was edited.",
        "Write the plan or the audit again; they are not meant to be edited.",
        "$ declinit apply edited-plan.json --model module:build --out model.keras",
    ),
)

_INITIALIZERS = (
    Code(
        "DI601",
        "a name is taken",
        "Specs find an initializer by its name, so a name means one thing.",
        "Register it under another name.",
        '>>> declinit.register("zeros", make)',
    ),
    Code(
        "DI602",
        "an initializer cannot be called",
        "A registered initializer is a class or a function.",
        "Register the class or function itself.",
        '>>> declinit.register("mine", 3)',
    ),
    Code(
        "DI603",
        "the portable generator refuses to run",
        "Its self-test gives other bits on this machine, and wrong numbers would be worse than "
        "none.",
        "Use `generator: keras`, and report the machine and the version of NumPy.",
        ">>> declinit.apply(spec, model)",
    ),
    Code(
        "DI604",
        "subnormal numbers are turned off",
        "The processor is set to round very small numbers to zero in this thread, which changes "
        "the values.",
        "Turn them on: `torch.set_flush_denormal(False)`.",
        ">>> declinit.apply(spec, model)",
    ),
    Code(
        "DI605",
        "an initializer that takes no shape",
        "An initializer is called with the shape and the dtype of each variable.",
        "Register a class whose objects are called as `f(shape, dtype=...)`, or a function that is.",
        '>>> declinit.register("mine", lambda: 3)',
    ),
    Code(
        "DI606",
        "a parameter's schema that is no JSON Schema",
        "What specs give an initializer is held to the schemas of its parameters (draft 7).",
        "Mend the schema that is passed as `parameters`.",
        ">>> declinit.register('mine', keras.initializers.HeNormal, parameters={'seed': {'type': 'int'}})",
    ),
)

_COMMANDS = (
    Code(
        "DI701",
        "options contradict each other or lack something",
        "The command would do nothing, or would write two things to one file.",
        "Give the options that the message names.",
        "$ declinit apply spec.yaml --model module:build",
    ),
    Code(
        "DI702",
        "an unknown name on the command line",
        "There is no variable, initializer, schema or code of this name.",
        "Correct the name; without one, the commands list what there is.",
        "$ declinit schema specs",
    ),
    Code(
        "DI703",
        "a value of an option is malformed",
        "The option takes JSON, a seed, or a file name with a certain ending.",
        "Write a value of the form that the message names.",
        "$ declinit export --model module:build --seed -1",
    ),
    Code(
        "DI704",
        "a file cannot be written",
        "Its folder does not exist, it is a folder, or this user may not write it.",
        "Name another file, or make the folder.",
        "$ declinit export --model module:build --out missing/spec.yaml",
    ),
    Code(
        "DI705",
        "an output would overwrite an input",
        "The command reads the file that it would write, by this or another name.",
        "Name another file.",
        "$ declinit plan spec.yaml --model module:build --out spec.yaml",
    ),
    Code(
        "DI706",
        "the installation is incomplete",
        "A file that belongs to declinit is missing.",
        "Install declinit again.",
        "$ declinit schema spec",
    ),
    Code(
        "DI707",
        "code of yours ended the run",
        "An initializer or a layer raised what is meant to end a program, such as `SystemExit`.",
        "Let it raise an ordinary error, or return.",
        "$ declinit apply unused.yaml --model module:leaving --out model.keras",
    ),
    Code(
        "DI720",
        "there is nothing to compare with",
        "A policy, and what a model carries, can be compared for a model only; seeds can be "
        "compared only where both sides have some that are meant to last.",
        "Give `--model`; leave `--seeds` out, or give the policy a `seed`.",
        "$ declinit diff spec.yaml model",
    ),
    Code(
        "DI721",
        "a file is there already",
        "`init` begins a policy; it never takes the place of one that somebody wrote.",
        "Name another file.",
        "$ declinit init --model module:build --out spec.yaml",
    ),
    Code(
        "DI722",
        "a plan has drifted from the one that was committed",
        "The model, the policy or what it extends has changed, so that weights would be "
        "initialized otherwise than the committed plan says.",
        "Undo the change, or commit the new plan, which `--out` writes.",
        "$ declinit plan spec.yaml --model module:build --check plan.json --set seed=4",
    ),
    Code(
        "DI723",
        "two sides draw from different distributions",
        "`diff` found variables that the second side fills otherwise than the first.",
        "Nothing need be mended where the change is meant; a review should say so.",
        "$ declinit diff spec.yaml model --model module:build",
    ),
    Code(
        "DI724",
        "weights are not those of the audit",
        "They were trained, loaded from elsewhere, or changed in another way after the audit was "
        "written; or the model has other variables.",
        "Apply the audit to the model again, or write a new one.",
        "$ declinit verify audit.json --model module:build --kwargs '{\"units\": 5}'",
    ),
    Code(
        "DI725",
        "weights are no plausible draw from the policy",
        "A test of the values rejects the distribution that the policy gives them, with a chance "
        "of one in 1,000 for any false alarm.",
        "Look at the variable: it was trained, loaded, or drawn otherwise than the policy says.",
        "$ declinit verify other.yaml --model module:build --statistical",
    ),
    Code(
        "DI726",
        "completion needs a package that is not installed",
        "The scripts are made by shtab of the arguments that the commands have; nothing else of "
        "declinit needs it.",
        "`pip install 'declinit[completion]'`.",
        "$ declinit completion bash",
    ),
    Code(
        "DI730",
        "the report needs a package that is not installed",
        "The page is written by Jinja2, and its pictures are made by Matplotlib; nothing else of "
        "declinit needs them.",
        "`pip install 'declinit[report]'`.",
        "$ declinit report spec.yaml --model module:build",
    ),
    Code(
        "DI740",
        "a limit on signals is malformed",
        "A limit is a metric, one of `gain`, `rms`, `backward` and `weights`, then `>`, `>=`, `<` "
        "or `<=`, then a number, and where it is for some layers only `in` and a pattern.",
        "Write it so, in quotes that keep `>` from the shell: `'gain>4 in encoder/**'`.",
        "$ declinit probe --model module:build --fail-on 'gian>4'",
    ),
    Code(
        "DI741",
        "signals are beyond a limit",
        "A layer's signal grows or shrinks, on its way forward or back, by more than `--fail-on` "
        "allows, and has no label that excuses it.",
        "Look at the initializers of the layer and of those before it.",
        "$ declinit probe other.yaml --model module:build --fail-on 'rms<100'",
    ),
    Code(
        "DI742",
        "no data can be drawn for a model",
        "An input of the model takes integers and no embedding looks them up, or the model is "
        "subclassed and does not say what it takes.",
        "Give a batch: `--data batch.npz`, or `data=` in Python.",
        "$ declinit probe --model module:numbered",
    ),
    Code(
        "DI743",
        "data does not fit a model",
        "An array of the data has another shape than the input takes, or there is no input of its "
        "name, or nothing for an input.",
        "Save the arrays under the names of the model's inputs: `numpy.savez(file, name=array)`.",
        "$ declinit probe --model module:build --data wide.npy",
    ),
    Code(
        "DI744",
        "data cannot be read",
        "The file is not there, or not a `.npy` or `.npz` file of plain arrays; pickled objects "
        "are never loaded.",
        "Write it with `numpy.save` or `numpy.savez`.",
        "$ declinit probe --model module:build --data none.npy",
    ),
    Code(
        "DI745",
        "a model cannot be probed",
        "The model raised an error when it was run on the data, or one of its layers did.",
        "Run the model on the same data, `model(data, training=True)`, and mend what it raises.",
        "$ declinit probe --model module:failing",
    ),
    Code(
        "DI746",
        "sizes to vary are malformed",
        "`--vary` names an argument of the function that builds the model, and the values to give "
        "it; a file has no such function.",
        "Write `--vary width=64,128,256`.",
        "$ declinit probe --model module:build --vary width",
    ),
    Code(
        "DI770",
        "progress needs a package that is not installed",
        "`progress=True` shows a bar of tqdm, which nothing else of declinit needs; the work is "
        "done without it.",
        "`pip install 'declinit[progress]'`.",
        "declinit.apply(spec, model, progress=True)",
    ),
)

_ROWS = (
    *_READING,
    *_WEIGHTS,
    *_DOCUMENTS,
    *_FITTING,
    *_MODELS,
    *_RECORDS,
    *_INITIALIZERS,
    *_COMMANDS,
)

CODES: Mapping[str, Code] = MappingProxyType({row.code: row for row in _ROWS})
"""Every code that a fault can have."""
