"""Recipes of vision models, held against their sources, on Keras' own models where it has them."""

import math

import architectures as a
import keras
import pytest
from holding import (
    KEPT,
    ONES,
    ZEROS,
    Case,
    constant,
    corrected,
    hold,
    hold_by_other_names,
    normal,
    uniform,
)

applications = keras.applications

NORMS = {"*/gamma": ONES, "*/beta": ZEROS}
MOVING = {"*/moving_mean": ZEROS, "*/moving_variance": ONES}
BATCH_NORMS = NORMS | MOVING
STATISTICS = {"normalization/*": KEPT}


def default_bias(shape, kernel):
    """PyTorch's default of a bias, by the inputs of the kernel beside it."""
    return uniform(1 / math.sqrt(math.prod(kernel[:-1])))


def by_outputs(shape, kernel):
    """He's normal as PyTorch counts fan_out: outputs of all groups times the window."""
    height, width, _, outputs = shape
    return normal(math.sqrt(2 / (height * width * outputs)))


def by_inputs(shape, kernel):
    height, width, inputs, _ = shape
    return normal(math.sqrt(2 / (height * width * inputs)))


def by_all_outputs(shape, kernel):
    """The same of a depthwise kernel, (height, width, channels, multiplier)."""
    return normal(math.sqrt(2 / math.prod(shape)))


def by_own_outputs(shape, kernel):
    """He's normal by the outputs of one group, of a depthwise kernel with a multiplier of 1."""
    return normal(math.sqrt(2 / (shape[0] * shape[1])))


def resnet():
    return a.lean(applications.ResNet50, input_shape=(32, 32, 3))


def efficientnet():
    return a.lean(applications.EfficientNetB0, input_shape=(32, 32, 3))


def convnext():
    return a.lean(applications.ConvNeXtTiny, input_shape=(32, 32, 3))


def densenet():
    return a.lean(applications.DenseNet121, input_shape=(32, 32, 3))


def vgg():
    return a.lean(applications.VGG16, input_shape=(32, 32, 3))


def mobilenet():
    return a.lean(applications.MobileNetV2, input_shape=(32, 32, 3))


def grouped():
    return a.model(
        {
            "conv": a.conv(8, 16, 3, groups=4),
            "conv2_block1_1_bn": a.batch_norm(16),
            "conv2_block1_3_bn": a.batch_norm(16),
            "predictions": a.dense(16, 10),
        }
    )


def vit():
    parts = {
        "vit_patching_and_embedding/class_token": (1, 1, 8),
        "vit_patching_and_embedding/patch_embedding": a.conv(3, 8, 4),
        "vit_patching_and_embedding/position_embedding": a.embedding(5, 8),
        "vit_encoder/ln": a.norm(8),
        "predictions": a.dense(8, 3),
    }
    for number in (1, 2):
        block = f"vit_encoder/transformer_block_{number}"
        parts |= {
            f"{block}/ln_1": a.norm(8),
            f"{block}/mha/query": a.into_heads(8, 2, 4),
            f"{block}/mha/key": a.into_heads(8, 2, 4),
            f"{block}/mha/value": a.into_heads(8, 2, 4),
            f"{block}/mha/attention_output": a.out_of_heads(2, 4, 8),
            f"{block}/ln_2": a.norm(8),
            f"{block}/mlp/dense_1": a.dense(8, 12),
            f"{block}/mlp/dense_2": a.dense(12, 8),
        }
    return a.model(parts)


VIT_NAMES = {
    "transformer_block_(\\d)": "unit_{}",
    "vit_patching_and_embedding/class_token": "tokens/first",
    "position_embedding": "places",
    "patch_embedding": "patches",
    "mha/": "mixer/",
    "query": "q",
    "key": "k",
    "value": "v",
    "mlp/": "feed_forward/",
    "predictions": "classifier",
}
VIT_GROUPS = {
    "class_token": "tokens/first",
    "positions": "**/places/embeddings",
    "patch": "**/patches/kernel",
    "patch_bias": "**/patches/bias",
}
PATCH = 1 / math.sqrt(3 * 4 * 4)  # PyTorch's default for 3 channels and patches of 4 x 4
SQUARE = math.sqrt(6 / (8 + 8))  # glorot_uniform of (8, 8)
HIDDEN = math.sqrt(6 / (8 + 12))
OUTPUT = math.sqrt(6 / (8 + 3))


def vit_expects(token, positions, patch, patch_bias, rest):
    return {
        "*/class_token": token,
        "*/position_embedding/embeddings": positions,
        "*/patch_embedding/kernel": patch,
        "*/patch_embedding/bias": patch_bias,
        **rest,
        "*/bias": ZEROS,
        **NORMS,
    }


def clip():
    parts = {
        "clip_text_encoder/embedding/token_embedding": a.embedding(31, 8),
        "clip_text_encoder/embedding/position_embedding": a.embedding(7, 8),
        "clip_vision_encoder/embedding/class_embedding": (12,),
        "clip_vision_encoder/embedding/patch_embedding": a.conv(3, 12, 4, bias=False),
        "clip_vision_encoder/embedding/position_embedding": a.embedding(5, 12),
        "vision_projection": a.dense(12, 6, bias=False),
        "text_projection": a.dense(8, 6, bias=False),
        "clip_head": a.weights(logit_scale=()),
    }
    for tower, width in (("text", 8), ("vision", 12)):
        for number in range(3):
            block = f"clip_{tower}_encoder/encoder_block_{number}"
            parts |= {
                f"{block}/attention/query": a.into_heads(width, 2, width // 2),
                f"{block}/attention/key": a.into_heads(width, 2, width // 2),
                f"{block}/attention/value": a.into_heads(width, 2, width // 2),
                f"{block}/attention/attention_output": a.out_of_heads(2, width // 2, width),
                f"{block}/layer_norm_1": a.norm(width),
                f"{block}/dense_1": a.dense(width, 4 * width),
                f"{block}/dense_2": a.dense(4 * width, width),
            }
    return a.model(parts)


def dit():
    return a.model(
        {
            "x_embedder": a.conv(4, 8, 2),
            "pos_embed": (16, 8),
            "y_embedder": a.embedding(11, 8),
            "t_embedder/mlp_0": a.dense(16, 8),
            "t_embedder/mlp_2": a.dense(8, 8),
            "blocks/block_0/attn/query": a.into_heads(8, 2, 4),
            "blocks/block_0/attn/key": a.into_heads(8, 2, 4),
            "blocks/block_0/attn/value": a.into_heads(8, 2, 4),
            "blocks/block_0/attn/proj": a.out_of_heads(2, 4, 8),
            "blocks/block_0/mlp/fc1": a.dense(8, 12),
            "blocks/block_0/adaLN_modulation": a.dense(8, 48),
            "final_layer/adaLN_modulation": a.dense(8, 16),
            "final_layer/linear": a.dense(8, 16),
        }
    )


def dcgan():
    return a.model({"conv_0": a.conv(3, 8, 4, bias=False), "norm_0": a.batch_norm(8)})


def retinanet():
    return a.model(
        {
            "backbone/conv1": a.conv(3, 8, 3),
            "box_head/conv_layers/0": a.conv(8, 8, 3),
            "box_head/logits_layer": a.conv(8, 4, 3),
            "classification_head/conv_layers/0": a.conv(8, 8, 3),
            "classification_head/logits_layer": a.conv(8, 5, 3),
        }
    )


def adm():
    return a.model(
        {
            "time_embed": a.dense(4, 16),
            "block_0/in_layers": a.conv(4, 8, 3),
            "block_0/norm": a.norm(8),
            "block_0/out_layers": a.conv(8, 8, 3),
            "block_0/proj_out": a.dense(8, 8),
            "label_emb": a.embedding(10, 16),
            "out": a.conv(8, 6, 3),
        }
    )


def ddpmpp():
    return a.model(
        {
            "map_layer0": a.dense(16, 8),
            "block_0/norm0": a.norm(8),
            "block_0/conv0": a.conv(4, 8, 3),
            "block_0/conv1": a.conv(8, 8, 3),
            "block_0/qkv": a.conv(8, 24, 1),
            "block_0/proj": a.conv(8, 8, 1),
            "aux_conv": a.conv(8, 3, 3),
        }
    )


def fixup():
    parts = {"conv1": a.conv(3, 8, 7, bias=False), "bias1": (1,), "fc": a.dense(16, 10)}
    for number in range(4):
        block = f"block_{number}"
        parts |= {
            f"{block}/conv1": a.conv(8, 4, 1, bias=False),
            f"{block}/conv2": a.conv(4, 4, 3, bias=False),
            f"{block}/conv3": a.conv(4, 16, 1, bias=False),
            f"{block}/scalars": a.weights(bias1a=(1,), bias2b=(1,), scale=(1,)),
        }
    return a.model(parts | {"block_0/downsample": a.conv(8, 16, 1, bias=False)})


CASES = [
    Case(
        "resnet",
        resnet,
        {
            "predictions/*": uniform(1 / math.sqrt(2048)),
            "*/kernel": by_outputs,
            "*/bias": default_bias,
            "conv[2-5]_block*_3_bn/gamma": ZEROS,
            **BATCH_NORMS,
        },
        {"_3_bn": "_end", "predictions": "classifier", "block(\\d+)": "unit{}"},
        {"last_norm": "**/*_end/gamma", "head": "classifier/kernel"},
    ),
    Case(
        "resnet",
        grouped,
        {
            "conv/kernel": normal(math.sqrt(2 / (16 * 9))),  # 16 outputs in 4 groups
            "conv/bias": uniform(1 / math.sqrt(2 * 9)),
            "*_3_bn/gamma": ZEROS,
            "predictions/*": uniform(0.25),
            **BATCH_NORMS,
        },
        {"predictions": "classifier", "_3_bn": "_end"},
        {"last_norm": "**/*_end/gamma", "head": "classifier/kernel"},
        extra="grouped",
    ),
    Case(
        "resnet-torchvision",
        resnet,
        {
            "predictions/*": uniform(1 / math.sqrt(2048)),
            "*/kernel": by_outputs,
            "*/bias": default_bias,
            **BATCH_NORMS,
        },
        {"predictions": "classifier", "block(\\d+)": "unit{}"},
        {"head": "classifier/kernel"},
    ),
    Case(
        "efficientnet",
        efficientnet,
        {
            "predictions/kernel": uniform(1 / math.sqrt(1000)),
            "*_dwconv/kernel": by_own_outputs,
            "*/kernel": by_outputs,
            "*/bias": ZEROS,
            **STATISTICS,
            **BATCH_NORMS,
        },
        {"predictions": "classifier", "block(\\d+)": "unit{}"},
        {"head": "classifier/kernel"},
    ),
    Case(
        "convnext",
        convnext,
        {
            "*/kernel": normal(0.02),
            "*/bias": ZEROS,
            "*_layer_scale/gamma": constant(1e-6),
            **NORMS,
        },
        {"layer_scale": "factor", "_block_(\\d+)": "_unit_{}"},
        {"layer_scale": "*_factor/gamma"},
    ),
    Case(
        "densenet",
        densenet,
        {
            "predictions/kernel": uniform(1 / math.sqrt(1024)),
            "*/kernel": by_inputs,
            "*/bias": ZEROS,
            **BATCH_NORMS,
        },
        {"predictions": "classifier", "block(\\d+)": "unit{}"},
        {"head": "classifier/kernel"},
    ),
    Case(
        "vgg",
        vgg,
        {
            "fc?/kernel": normal(0.01),
            "predictions/kernel": normal(0.01),
            "*/kernel": by_outputs,
            "*/bias": ZEROS,
        },
        {"block(\\d)": "unit{}", "predictions": "classifier"},
    ),
    Case(
        "mobilenet",
        mobilenet,
        {
            "predictions/kernel": normal(0.01),
            "*depthwise/kernel": by_all_outputs,
            "*/kernel": by_outputs,
            "*/bias": ZEROS,
            **BATCH_NORMS,
        },
        {"block_(\\d+)": "unit_{}", "predictions": "classifier"},
    ),
    Case(
        "vit",
        vit,
        vit_expects(
            normal(1e-6), normal(0.02), uniform(PATCH), uniform(PATCH), {"*/kernel": normal(0.02)}
        ),
        VIT_NAMES,
        VIT_GROUPS,
    ),
    Case(
        "vit-moco",
        vit,
        vit_expects(
            normal(1e-6),
            normal(0.02),
            uniform(PATCH),
            uniform(PATCH),
            {
                "*/mha/*/kernel": uniform(SQUARE),
                "*/mlp/*/kernel": uniform(HIDDEN),
                "predictions/kernel": uniform(OUTPUT),
            },
        ),
        VIT_NAMES,
        VIT_GROUPS,
    ),
    *(
        Case(
            name,
            vit,
            vit_expects(
                ZEROS,
                positions,
                corrected(PATCH),  # lecun_normal by 48 inputs
                ZEROS,
                {
                    "*/mha/*/kernel": uniform(SQUARE),
                    "*/mlp/*/kernel": uniform(HIDDEN),
                    "*/mlp/*/bias": normal(1e-6),
                    "predictions/kernel": ZEROS,
                },
            ),
            VIT_NAMES,
            VIT_GROUPS | {"mlp_bias": "**/feed_forward/*/bias", "head": "classifier/kernel"},
        )
        for name, positions in (
            ("vit-jax", normal(0.02)),
            ("vit-big-vision", normal(0.35355339059327373)),  # 8 ** -0.5
        )
    ),
    Case(
        "mae",
        vit,
        vit_expects(
            normal(0.02),
            KEPT,
            uniform(math.sqrt(6 / (48 + 8))),  # flattened patches, width 8
            uniform(PATCH),
            {
                "*/mha/attention_output/kernel": uniform(SQUARE),
                "*/mha/*/kernel": uniform(
                    math.sqrt(6 / (8 + 24))
                ),  # as one matrix of 3 * 8 outputs
                "*/mlp/*/kernel": uniform(HIDDEN),
                "predictions/kernel": uniform(OUTPUT),
            },
        ),
        VIT_NAMES,
        {k: v for k, v in VIT_GROUPS.items() if k != "class_token"}
        | {"tokens": "tokens/first", "qkv": "**/mixer/{q,k,v}/kernel"},
    ),
    Case(
        "dit",
        dit,
        {
            "x_embedder/kernel": uniform(math.sqrt(6 / (16 + 8))),
            "pos_embed": KEPT,
            "y_embedder/embeddings": normal(0.02),
            "t_embedder/*/kernel": normal(0.02),
            "*/attn/proj/kernel": uniform(SQUARE),
            "*/attn/*/kernel": uniform(math.sqrt(6 / (8 + 24))),
            "*/mlp/fc1/kernel": uniform(HIDDEN),
            "*/adaLN_modulation/kernel": ZEROS,
            "final_layer/linear/kernel": ZEROS,
            "*/bias": ZEROS,
        },
        {
            "x_embedder": "patches",
            "y_embedder": "labels",
            "t_embedder": "times",
            "adaLN_modulation": "modulation",
            "final_layer/linear": "last/out",
            "block_(\\d)": "unit_{}",
            "/attn/": "/mixer/",
            "pos_embed": "places",
        },
        {
            "patch": "patches/kernel",
            "qkv": "**/mixer/{query,key,value}/kernel",
            "conditioning": ["labels/embeddings", "times/*/kernel"],
            "zero": ["**/modulation/kernel", "last/out/kernel"],
            "positions": "places",
        },
    ),
    Case(
        "clip",
        clip,
        {
            "clip_text_encoder/*/token_embedding/*": normal(0.02),
            "clip_text_encoder/*/position_embedding/*": normal(0.01),
            # Width 8, 3 layers: 1 / sqrt(8 * 2 * 3) into the stream, 1 / sqrt(2 * 8) hidden.
            "clip_text_encoder/*/attention_output/kernel": normal(0.14433756729740643),
            "clip_text_encoder/*/dense_2/kernel": normal(0.14433756729740643),
            "clip_text_encoder/*/dense_1/kernel": normal(0.25),
            "clip_text_encoder/*/attention/*/kernel": normal(0.35355339059327373),
            "clip_text_encoder/*/dense_1/bias": uniform(1 / math.sqrt(8)),
            "clip_text_encoder/*/dense_2/bias": uniform(1 / math.sqrt(32)),
            "text_projection/kernel": normal(0.35355339059327373),
            # Width 12.
            "clip_vision_encoder/*/class_embedding": normal(0.28867513459481287),
            "clip_vision_encoder/*/position_embedding/*": normal(0.28867513459481287),
            "clip_vision_encoder/*/patch_embedding/kernel": uniform(PATCH),
            "clip_vision_encoder/*/attention_output/kernel": uniform(1 / math.sqrt(12)),
            "clip_vision_encoder/*/attention/*/kernel": uniform(math.sqrt(6 / (12 + 36))),
            "clip_vision_encoder/*/dense_1/*": uniform(1 / math.sqrt(12)),
            "clip_vision_encoder/*/dense_2/*": uniform(1 / math.sqrt(48)),
            "vision_projection/kernel": normal(0.28867513459481287),
            "*/attention/*/bias": ZEROS,
            "clip_head/logit_scale": constant(2.659260036932778),  # ln(1 / .07)
            **NORMS,
        },
        {
            "clip_text_encoder": "text",
            "clip_vision_encoder": "image",
            "encoder_block_(\\d)": "unit_{}",
            "/attention/": "/mixer/",
            "dense_1": "up",
            "dense_2": "down",
            "token_embedding": "tokens",
            "position_embedding": "places",
            "class_embedding": "first",
            "patch_embedding": "patches",
            "vision_projection": "from_image",
            "text_projection": "from_text",
            "clip_head/logit_scale": "temperature/scale_of_logits",
        },
        {
            "text_tokens": "text/embedding/tokens/embeddings",
            "text_positions": "text/embedding/places/embeddings",
            "text_qkv": "text/unit_*/mixer/{query,key,value}/kernel",
            "text_residual_out": [
                "text/unit_{l}/mixer/attention_output/kernel",
                "text/unit_{l}/down/kernel",
            ],
            "text_hidden": "text/unit_*/up/kernel",
            "text_projection": "from_text/kernel",
            "visual_embeddings": ["image/embedding/first", "image/embedding/places/embeddings"],
            "visual_patch": "image/embedding/patches/kernel",
            "visual_qkv": "image/unit_*/mixer/{query,key,value}/kernel",
            "visual_out": [
                "image/unit_*/mixer/attention_output/kernel",
                "image/unit_*/{up,down}/kernel",
            ],
            "visual_projection": "from_image/kernel",
            "attention_bias": "**/mixer/*/bias",
            "hidden_bias": "**/{up,down}/bias",
            "logit_scale": "temperature/scale_of_logits",
        },
    ),
    Case(
        "dcgan",
        dcgan,
        {"*/kernel": normal(0.02), "*/gamma": normal(0.02, mean=1.0), "*/beta": ZEROS, **MOVING},
        {"conv_(\\d)": "layer_{}", "norm_(\\d)": "scaling_{}"},
    ),
    Case(
        "retinanet-head",
        retinanet,
        {
            "backbone/*": KEPT,
            "*_head/*/kernel": normal(0.01),
            "classification_head/logits_layer/bias": constant(-4.59511985013459),  # -ln 99
            "*_head/*/bias": ZEROS,
        },
        {"box_head": "boxes", "classification_head": "classes", "logits_layer": "out"},
        {
            "head_kernel": "{boxes,classes}/**/kernel",
            "head_bias": "{boxes,classes}/**/bias",
            "class_bias": "classes/out/bias",
        },
    ),
    Case(
        "adm-unet",
        adm,
        {
            "time_embed/*": uniform(0.5),
            "*/in_layers/*": uniform(1 / 6),  # 4 channels, 3 x 3
            "label_emb/embeddings": normal(1.0),
            "*/out_layers/*": ZEROS,
            "*/proj_out/*": ZEROS,
            "out/*": ZEROS,
            **NORMS,
        },
        {"block_(\\d)": "unit_{}", "out_layers": "second", "proj_out": "project", "^out/": "last/"},
        {"zero": ["**/{second,project}/*", "last/*"]},
    ),
    Case(
        "ddpmpp",
        ddpmpp,
        {
            "map_layer0/kernel": uniform(0.5),
            "*/conv0/kernel": uniform(math.sqrt(6 / (4 * 9 + 8 * 9))),
            "*/conv1/kernel": uniform(1e-5 * math.sqrt(6 / (8 * 9 + 8 * 9))),
            "*/qkv/kernel": uniform(math.sqrt(0.2) * math.sqrt(6 / (8 + 24))),
            "*/proj/kernel": uniform(1e-5 * math.sqrt(6 / (8 + 8))),
            "aux_conv/kernel": uniform(1e-5 * math.sqrt(6 / (8 * 9 + 3 * 9))),
            "*/bias": ZEROS,
            **NORMS,
        },
        {
            "block_(\\d)": "unit_{}",
            "qkv": "all",
            "proj": "back",
            "conv1": "second",
            "aux_": "last_",
        },
        {"qkv": "**/all/kernel", "zero": ["**/{second,back}/kernel", "last_conv/kernel"]},
    ),
    Case(
        "fixup-resnet",
        fixup,
        {
            "conv1/kernel": uniform(1 / math.sqrt(3 * 49)),
            # 4 blocks: 4 ** -0.25 = 0.7071...
            "*/conv1/kernel": normal(math.sqrt(2 / 4) * 0.7071067811865476),
            "*/conv2/kernel": normal(math.sqrt(2 / 36) * 0.7071067811865476),
            "*/conv3/kernel": ZEROS,
            "*/downsample/kernel": normal(math.sqrt(2 / 16)),
            "fc/*": ZEROS,
            "*bias1*": ZEROS,
            "*bias2b": ZEROS,
            "*/scale": ONES,
        },
        {
            "block_(\\d)": "unit_{}",
            "^conv1/": "stem/",
            "/conv1": "/a",
            "/conv2": "/b",
            "/conv3": "/c",
            "downsample": "short",
            "fc/": "classifier/",
            "bias1": "shift1",
            "bias2b": "shift2b",
            "scalars/scale": "scalars/factor",
        },
        {
            "stem": "stem/kernel",
            "block_conv": "unit_{l}/{a,b}/kernel",
            "block_end": "unit_*/c/kernel",
            "shortcut": "unit_*/short/kernel",
            "head": "classifier/*",
            "scalar_bias": "**/shift*",
            "scalar_scale": "**/factor",
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_recipe_gives_every_variable_what_its_source_does(case):
    hold(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_user_states_only_how_layers_are_called(case, write):
    hold_by_other_names(case, write)
