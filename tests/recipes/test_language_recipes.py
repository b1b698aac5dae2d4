"""Recipes of language models, held against their sources.

Width 8, 2 heads of 4, hidden width 12, 3 layers, 31 tokens, 16 positions.
"""

import math

import architectures as a
import pytest
from holding import ONES, ZEROS, Case, corrected, cut, hold, hold_by_other_names, normal, uniform

LAYERS = range(3)
NORMS = {"*_norm/gamma": ONES, "*_norm/beta": ZEROS}


def gpt2():
    parts = {
        "token_embedding": a.embedding(31, 8),
        "position_embedding": a.embedding(16, 8),
        "layer_norm": a.norm(8),
    }
    for layer in LAYERS:
        parts |= block(f"transformer_layer_{layer}", "self_attention")
    return a.model(parts)


def block(name, attention):
    return {
        f"{name}/{attention}/query": a.into_heads(8, 2, 4),
        f"{name}/{attention}/key": a.into_heads(8, 2, 4),
        f"{name}/{attention}/value": a.into_heads(8, 2, 4),
        f"{name}/{attention}/attention_output": a.out_of_heads(2, 4, 8),
        f"{name}/self_attention_layer_norm": a.norm(8),
        f"{name}/feedforward_layer_norm": a.norm(8),
        f"{name}/feedforward_intermediate_dense": a.dense(8, 12),
        f"{name}/feedforward_output_dense": a.dense(12, 8),
    }


def bert():
    parts = {
        "token_embedding": a.embedding(31, 8),
        "position_embedding": a.embedding(16, 8),
        "segment_embedding": a.embedding(2, 8),
        "embeddings_layer_norm": a.norm(8),
        "pooled_dense": a.dense(8, 8),
        "mlm_head": a.weights(output_bias=(31,)),
        "logits": a.dense(8, 3),
    }
    return a.model(parts | block("transformer_layer_0", "self_attention_layer"))


def llama():
    parts = {
        "token_embedding": a.untied_embedding(31, 8),
        "sequence_output_layernorm": a.rms_norm(8),
    }
    for layer in LAYERS:
        name = f"transformer_layer_{layer}"
        parts |= {
            f"{name}/self_attention/query": a.into_heads(8, 2, 4, bias=False),
            f"{name}/self_attention/key": a.into_heads(8, 1, 4, bias=False),
            f"{name}/self_attention/value": a.into_heads(8, 1, 4, bias=False),
            f"{name}/self_attention/attention_output": a.out_of_heads(2, 4, 8, bias=False),
            f"{name}/self_attention_layernorm": a.rms_norm(8),
            f"{name}/feedforward_layernorm": a.rms_norm(8),
            f"{name}/feedforward_gate_dense": a.dense(8, 12, bias=False),
            f"{name}/feedforward_intermediate_dense": a.dense(8, 12, bias=False),
            f"{name}/feedforward_output_dense": a.dense(12, 8, bias=False),
        }
    return a.model(parts)


def t5():
    parts = {"token_embedding": a.untied_embedding(31, 8)}
    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "cross"])):
        parts[f"{side}_output_layer_norm"] = a.weights(weight=(8,))
        name = f"transformer_{side}_layer_0"
        for attention in attentions:
            inside = f"{name}/{attention}_attention"
            parts |= {
                f"{inside}/query_projector": a.dense(8, 6, bias=False),
                f"{inside}/key_projector": a.dense(8, 6, bias=False),
                f"{inside}/value_projector": a.dense(8, 6, bias=False),
                f"{inside}/output_projector": a.dense(6, 8, bias=False),
                f"{inside}_layer_norm": a.weights(weight=(8,)),
            }
        parts |= {
            f"{name}/self_attention/embeddings": (32, 2),
            f"{name}/input_projector": a.dense(8, 12, bias=False),
            f"{name}/gate_projector": a.dense(8, 12, bias=False),
            f"{name}/output_projector": a.dense(12, 8, bias=False),
            f"{name}/layer_norm": a.weights(weight=(8,)),
        }
    return a.model(parts)


OTHER = {
    "transformer_layer_(\\d)": "unit_{}",
    "self_attention/": "mixer/",
    "attention_output": "mix",
    "mixer/query": "mixer/q",
    "mixer/value": "mixer/v",
    "feedforward_intermediate_dense": "up",
    "feedforward_output_dense": "down",
    "feedforward_gate_dense": "gate",
    "token_embedding": "tokens",
    "position_embedding": "places",
}
OUT = {"residual_out": ["unit_{l}/mixer/mix/kernel", "unit_{l}/down/kernel"]}
TOKENS = {"embedding": "tokens/embeddings"}
HEAD = {"head": "tokens/reverse_embeddings"}


def with_outputs(out, weight, **more):
    """One distribution for what feeds the residual stream, one for all other weights."""
    outputs = {"*/attention_output/kernel": out, "*/feedforward_output_dense/kernel": out}
    return {**more, **outputs, "*/kernel": weight, "*/embeddings": weight, "*/bias": ZEROS, **NORMS}


def without_biases(expected):
    left_out = ("*/bias", "*_norm/gamma", "*_norm/beta")
    return {k: v for k, v in expected.items() if k not in left_out} | {"*layernorm/scale": ONES}


def by_depth(out, rest):
    """Distributions for what feeds the residual stream in each of the layers, and for the rest."""
    outs = {
        f"transformer_layer_{layer}/{name}/kernel": out(layer, name)
        for layer in LAYERS
        for name in ("self_attention/attention_output", "feedforward_output_dense")
    }
    return outs | rest


MITCHELL = {
    # 1 / sqrt(2 * fan_in * (l + 1)) for a fan_in of 8 and of 12, and l from 0.
    ("self_attention/attention_output", 0): 0.25,
    ("self_attention/attention_output", 1): 0.17677669529663687,
    ("self_attention/attention_output", 2): 0.14433756729740643,
    ("feedforward_output_dense", 0): 0.20412414523193154,
    ("feedforward_output_dense", 1): 0.14433756729740643,
    ("feedforward_output_dense", 2): 0.11785113019775793,
}
D = 0.35355339059327373  # 8 ** -0.5
H = 0.28867513459481287  # 12 ** -0.5

T5_NAMES = {
    "transformer_encoder_layer_(\\d)": "enc_{}",
    "transformer_decoder_layer_(\\d)": "dec_{}",
    "self_attention/": "mixer/",
    "cross_attention/": "across/",
    "query_projector": "q",
    "key_projector": "k",
    "value_projector": "v",
    "output_projector": "o",
    "input_projector": "wi",
    "gate_projector": "wg",
    "token_embedding": "tokens",
    "mixer/embeddings": "mixer/distance",
    "layer_norm": "scaling",
}
T5_GROUPS = {
    **TOKENS,
    **HEAD,
    "relative_bias": "*/mixer/distance",
    "query": "*/{mixer,across}/q/kernel",
    "key_and_value": "*/{mixer,across}/{k,v}/kernel",
    "attention_out": "*/{mixer,across}/o/kernel",
    "feed_forward": ["*/{wi,wg}/kernel", "{enc,dec}_*/o/kernel"],
    "norm": "**/weight",
}


def t5_expects(head, wi, wo):
    return {
        "token_embedding/embeddings": normal(1.0),
        "token_embedding/reverse_embeddings": head,
        "*/self_attention/embeddings": uniform(math.sqrt(6 / 34)),  # 32 buckets, 2 heads
        "*/query_projector/kernel": normal(1 / math.sqrt(8 * 3)),  # width 8, heads of 3
        "*/key_projector/kernel": normal(D),
        "*/value_projector/kernel": normal(D),
        "*_attention/output_projector/kernel": normal(1 / math.sqrt(2 * 3)),
        "*/input_projector/kernel": wi,
        "*/gate_projector/kernel": wi,
        "*/output_projector/kernel": wo,
        "*layer_norm/weight": ONES,
    }


DEEP = 24**-0.25  # (8 L) ** -0.25, 3 layers
CASES = [
    Case(
        "gpt2",
        gpt2,
        {
            "position_embedding/embeddings": normal(0.01),
            "token_embedding/embeddings": normal(0.02),
            "*/kernel": normal(0.02),
            "*/bias": ZEROS,
            **NORMS,
        },
        OTHER,
        {"position_embedding": "places/embeddings"},
    ),
    Case(
        "nanogpt",
        gpt2,
        with_outputs(normal(0.008164965809277261), normal(0.02)),  # .02 / sqrt(2 * 3)
        OTHER,
        OUT,
    ),
    Case(
        "megatron",
        llama,
        without_biases(
            with_outputs(
                normal(0.008164965809277261), normal(0.02), **{"*/reverse_embeddings": normal(0.02)}
            )
        ),
        OTHER,
        OUT,
    ),
    Case(
        "gpt-neox",
        gpt2,
        # sqrt(2 / (5 * 8)), and 2 / (3 * sqrt(8))
        with_outputs(normal(0.23570226039551584), normal(0.22360679774997896)),
        OTHER,
        {**OUT, **TOKENS},
    ),
    Case(
        "tinyllama",
        llama,
        # Half of the one above.
        without_biases(
            with_outputs(
                normal(0.11785113019775792),
                normal(0.22360679774997896),
                **{"*/reverse_embeddings": normal(0.22360679774997896)},
            )
        ),
        OTHER,
        {**OUT, **TOKENS},
    ),
    Case(
        "bert",
        bert,
        {
            "*/kernel": cut(0.02, 2),
            "*/embeddings": cut(0.02, 2),
            "*/bias": ZEROS,
            "mlm_head/output_bias": ZEROS,
            **NORMS,
        },
        OTHER | {"self_attention_layer/": "mixer/"},
    ),
    Case(
        "llama3",
        llama,
        {
            "token_embedding/embeddings": normal(1.0),
            "token_embedding/reverse_embeddings": cut(D, 3),
            # .02 / sqrt(2 (l + 1)) for wo, w2 and w3.
            **{
                f"transformer_layer_{layer}/{name}/kernel": normal(stddev)
                for layer, stddev in enumerate((0.01414213562373095, 0.01, 0.008164965809277261))
                for name in (
                    "self_attention/attention_output",
                    "feedforward_output_dense",
                    "feedforward_intermediate_dense",
                )
            },
            "*/kernel": normal(0.02),
            "*layernorm/scale": ONES,
        },
        OTHER,
        {
            **TOKENS,
            **HEAD,
            "embedding_only": "tokens/embeddings",
            "depth_scaled": ["unit_{l}/mixer/mix/kernel", "unit_{l}/{up,down}/kernel"],
        },
    ),
    Case(
        "olmo-normal",
        llama,
        {
            "*/kernel": cut(0.02, 3),
            "*/embeddings": cut(0.02, 3),
            "*/reverse_embeddings": cut(0.02, 3),
            "*layernorm/scale": ONES,
        },
        OTHER,
    ),
    Case(
        "olmo-mitchell",
        llama,
        by_depth(
            lambda layer, name: cut(MITCHELL[name, layer], 3),
            {
                "*/kernel": cut(D, 3),
                "*/embeddings": cut(D, 3),
                "*/reverse_embeddings": cut(D, 3),
                "*layernorm/scale": ONES,
            },
        ),
        OTHER,
        {**OUT, **TOKENS, **HEAD},
    ),
    Case(
        "olmo-full-megatron",
        llama,
        without_biases(
            with_outputs(
                cut(0.008164965809277261, 3), cut(0.02, 3), **{"*/reverse_embeddings": cut(D, 3)}
            )
        ),
        OTHER,
        {**OUT, **TOKENS, **HEAD},
    ),
    Case("t5", t5, t5_expects(cut(D, 2), cut(D, 2), cut(H, 2)), T5_NAMES, T5_GROUPS),
    Case("t5x", t5, t5_expects(corrected(D), corrected(D), corrected(H)), T5_NAMES, T5_GROUPS),
    Case(
        "deepnet",
        gpt2,
        {
            "token_embedding/embeddings": normal(D),
            "position_embedding/embeddings": normal(1.0),
            "*/query/*": uniform(D),
            "*/key/*": uniform(D),
            "*/value/*": uniform(D * DEEP),
            "*/attention_output/*": uniform(D * DEEP),
            "*/feedforward_intermediate_dense/*": uniform(D * DEEP),
            "*/feedforward_output_dense/*": uniform(H * DEEP),
            **NORMS,
        },
        OTHER,
        {
            **TOKENS,
            "positions": "places/embeddings",
            "scaled_kernel": ["unit_{l}/mixer/{v,mix}/kernel", "unit_{l}/{up,down}/kernel"],
            "scaled_bias": ["unit_{l}/mixer/{v,mix}/bias", "unit_{l}/{up,down}/bias"],
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_recipe_gives_every_variable_what_its_source_does(case):
    hold(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_user_states_only_how_layers_are_called(case, write):
    hold_by_other_names(case, write)
