"""Recipes of small networks, adapters and frameworks, held against their sources."""

import math

import architectures as a
import keras
import pytest
from holding import (
    KEPT,
    ONES,
    ZEROS,
    Case,
    Orthogonal,
    corrected,
    hold,
    hold_by_other_names,
    normal,
    uniform,
)

NORMS = {"*/gamma": ONES, "*/beta": ZEROS}
BATCH_NORMS = NORMS | {"*/moving_mean": ZEROS, "*/moving_variance": ONES}


def siren():
    return a.model(
        {"layer_0": a.dense(2, 16), "layer_1": a.dense(16, 16), "layer_2": a.dense(16, 3)}
    )


def agent():
    return a.model(
        {
            "actor/hidden": a.dense(4, 16),
            "actor_mean": a.dense(16, 2),
            "actor_logstd": (1, 2),
            "critic/hidden": a.dense(4, 16),
            "value": a.dense(16, 1),
        }
    )


def adapted():
    layers = {"projection": a.dense(8, 6), "tokens": a.embedding(31, 8)}
    made = a.model(layers)
    for name in layers:
        getattr(made, name).enable_lora(2)
    return made


def mixed():
    return a.model(
        {
            "conv_1": a.conv(4, 8, 3),
            "norm_1": a.batch_norm(8),
            "scaling": a.rms_norm(8),
            "tokens": a.embedding(31, 16),
            "head": a.dense(16, 4),
        }
    )


def recurrent():
    layer = a.built(lambda name: keras.layers.SimpleRNN(4, name=name), (None, 5, 3))
    return a.model({"rnn_1": layer, "head": a.dense(4, 2)})


def fused_in_torch():
    """What PyTorch holds in one matrix, or counts the other way round."""

    def attention(name):
        layer = keras.layers.MultiHeadAttention(2, 4, name=name)
        layer.build((None, 5, 8), (None, 5, 8))
        return layer

    def lstm(name):
        return keras.layers.LSTM(9, unit_forget_bias=False, name=name)

    def transposed(name):
        return keras.layers.Conv2DTranspose(6, 4, name=name)

    return a.model(
        {
            "attention": attention,
            "lstm_1": a.built(lstm, (None, 5, 3)),
            "gru_1": a.built(lambda name: keras.layers.GRU(4, name=name), (None, 5, 3)),
            "rnn_1": a.built(lambda name: keras.layers.SimpleRNN(4, name=name), (None, 5, 3)),
            "up": a.built(transposed, (None, 8, 8, 3)),
            "head": a.dense(4, 2),
        }
    )


CASES = [
    Case(
        "siren",
        siren,
        {
            "layer_0/kernel": uniform(1 / 2),  # 1 / n
            "layer_?/kernel": uniform(math.sqrt(6 / 16) / 30),
            "layer_0/bias": uniform(1 / math.sqrt(2)),
            "layer_?/bias": uniform(1 / 4),
        },
        {"layer_(\\d)": "wave_{}"},
        {"first": "wave_1/kernel"},
    ),
    Case(
        "ppo",
        agent,
        {
            "*/hidden/kernel": Orthogonal(math.sqrt(2)),
            "actor_mean/kernel": Orthogonal(0.01),
            "value/kernel": Orthogonal(1.0),
            "actor_logstd": ZEROS,
            "*/bias": ZEROS,
        },
        {"actor_mean": "action", "value": "worth", "actor_logstd": "spread"},
        {"policy": "action/kernel", "value": "worth/kernel", "log_stddev": "spread"},
    ),
    Case(
        "lora",
        adapted,
        {
            "projection/lora_kernel_a": uniform(1 / math.sqrt(8)),
            "projection/lora_kernel_b": ZEROS,
            "tokens/lora_embeddings_a": ZEROS,
            "tokens/lora_embeddings_b": normal(1.0),
            "*": KEPT,
        },
        {"lora_kernel_": "down_or_up_", "projection": "query"},
        {"a": "**/down_or_up_a", "b": "**/down_or_up_b"},
    ),
    Case(
        "torch-defaults",
        mixed,
        {
            "conv_1/*": uniform(1 / 6),
            "head/*": uniform(1 / 4),
            "tokens/embeddings": normal(1.0),
            "scaling/scale": ONES,
            **BATCH_NORMS,
        },
        {"conv_(\\d)": "window_{}", "head": "out"},
    ),
    Case(
        "torch-defaults",
        fused_in_torch,
        {
            "attention/attention_output/kernel": uniform(1 / math.sqrt(8)),
            "attention/*/kernel": uniform(math.sqrt(6 / (8 + 24))),
            "attention/*/bias": ZEROS,
            "lstm_1/*": uniform(1 / 3),  # 9 units
            "gru_1/*": uniform(1 / 2),
            "rnn_1/*": uniform(1 / 2),
            "up/*": uniform(1 / math.sqrt(6 * 16)),  # 6 outputs, 4 x 4
            "head/*": uniform(1 / 2),
        },
        {"attention/": "mixer/", "lstm_(\\d)": "memory_{}"},
        extra="fused",
    ),
    Case(
        "keras-defaults",
        mixed,
        {
            "conv_1/kernel": uniform(math.sqrt(6 / (4 * 9 + 8 * 9))),
            "head/kernel": uniform(math.sqrt(6 / 20)),
            "tokens/embeddings": uniform(0.05),
            "scaling/scale": ONES,
            "*/bias": ZEROS,
            **BATCH_NORMS,
        },
        {"conv_(\\d)": "window_{}", "head": "out"},
    ),
    Case(
        "flax-defaults",
        mixed,
        {
            "conv_1/kernel": corrected(1 / 6),
            "head/kernel": corrected(1 / 4),
            "tokens/embeddings": normal(1 / 4),
            "scaling/scale": ONES,
            "*/bias": ZEROS,
            **BATCH_NORMS,
        },
        {"conv_(\\d)": "window_{}", "head": "out"},
    ),
    *(
        Case(
            recipe,
            recurrent,
            {
                "*/recurrent_kernel": Orthogonal(1.0),
                "rnn_1/*/kernel": inputs,
                "head/kernel": outputs,
                "*/bias": ZEROS,
            },
            {"rnn_(\\d)": "memory_{}", "head": "out"},
            extra="recurrent",
        )
        for recipe, inputs, outputs in (
            ("keras-defaults", uniform(math.sqrt(6 / 7)), uniform(1.0)),
            ("flax-defaults", corrected(1 / math.sqrt(3)), corrected(0.5)),
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_recipe_gives_every_variable_what_its_source_does(case):
    hold(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_user_states_only_how_layers_are_called(case, write):
    hold_by_other_names(case, write)
