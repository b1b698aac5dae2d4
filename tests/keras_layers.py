"""One or more small, named models for every built-in Keras layer that holds weights.

The table answers two questions for the tests: which layer classes does this Keras export, and
what does a model around each of them look like? A class that a new Keras release adds is in none
of ``CASES``, ``WEIGHTLESS`` and ``ABSTRACT``, and the completeness test fails until it is sorted.

Sizes are small and, within a case, mostly different from each other, so that a shape tells its
axes apart.
"""

from __future__ import annotations

import atexit
import inspect
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
from keras import layers

ALL_BACKENDS = frozenset({"jax", "numpy", "tensorflow", "torch"})


@dataclass(frozen=True)
class Feed:
    """One input of a case: its shape without the batch axis, and its dtype."""

    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class LayerCase:
    """One built-in layer, how to feed it, and where it can be built.

    Attributes:
        layer: Makes the layer, whose explicit name is the key of the case.
        inputs: What the layer is called on.
        covers: Exported names of the layer classes whose weights this case shows.
        call: Applies the layer to its symbolic inputs and returns its output or outputs.
        batch_size: The fixed batch size, for layers whose variables need one.
        after_build: What is done to the layer once it is built, such as adding LoRA.
        backends: The Keras backends that can build the case.
        requires: Modules that are not dependencies of declinit and that the case imports.
        reason: Why ``backends`` or ``requires`` leaves something out.
    """

    layer: Callable[[], keras.Layer]
    inputs: tuple[Feed, ...]
    covers: tuple[str, ...]
    call: Callable[[keras.Layer, list[Any]], Any] = lambda layer, inputs: layer(*inputs)
    batch_size: int | None = None
    after_build: Callable[[keras.Layer], None] | None = None
    backends: frozenset[str] = ALL_BACKENDS
    requires: tuple[str, ...] = ()
    reason: str = ""


def build_model(case: LayerCase, layer: keras.Layer | None = None) -> keras.Model:
    """Build a Functional model around the layer of a case.

    Args:
        case: The case to build.
        layer: Used as it is instead of a new layer of the case, for example one made from the
            config of a built layer, which remembers what ``after_build`` did.

    Returns:
        A model whose inputs are called ``input_0``, ``input_1`` and so on.
    """
    after_build = case.after_build if layer is None else None
    layer = case.layer() if layer is None else layer
    inputs = [
        keras.Input(feed.shape, batch_size=case.batch_size, dtype=feed.dtype, name=f"input_{index}")
        for index, feed in enumerate(case.inputs)
    ]
    model = keras.Model(inputs, case.call(layer, inputs), name="model")
    if after_build is not None:
        after_build(layer)
    return model


def exported_layers() -> dict[str, type[keras.Layer]]:
    """Return every layer class under ``keras.layers``, each under one of its exported names.

    A class with aliases is listed under its own name where that is exported, as with
    ``MaxPooling1D`` for ``MaxPool1D``, and otherwise under the first of its exported names.
    """
    names: dict[type[keras.Layer], list[str]] = {}
    for name, member in sorted(vars(layers).items()):
        if inspect.isclass(member) and issubclass(member, keras.Layer):
            names.setdefault(member, []).append(name)
    return {
        member.__name__ if member.__name__ in aliases else aliases[0]: member
        for member, aliases in names.items()
    }


def _as_list(layer: keras.Layer, inputs: list[Any]) -> Any:
    """Call a layer that takes its inputs as one list."""
    return layer(inputs)


def _there_and_back(layer: keras.Layer, inputs: list[Any]) -> Any:
    """Call a reversible embedding forwards, then backwards."""
    return layer(layer(inputs[0]), reverse=True)


def _add_lora(layer: keras.Layer) -> None:
    """Add LoRA adapters of rank 2 to a built layer."""
    layer.enable_lora(2)


def _quantizer(mode: str) -> Callable[[keras.Layer], None]:
    """Return a function that quantizes a built layer."""

    def quantize(layer: keras.Layer) -> None:
        layer.quantize(mode)

    return quantize


def _jax_layer() -> keras.Layer:
    """Wrap a JAX function with one parameter and one state."""
    import jax.numpy as jnp

    def init(rng: Any, inputs: Any) -> tuple[Any, Any]:
        return {"w": jnp.ones((inputs.shape[-1], 3))}, {"count": jnp.zeros(())}

    def apply(params: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        return inputs @ params["w"], {"count": state["count"] + 1}

    return layers.JaxLayer(call_fn=apply, init_fn=init, name="jax_layer")


def _flax_layer() -> keras.Layer:
    """Wrap a Flax dense module."""
    from flax import linen

    return layers.FlaxLayer(linen.Dense(3), name="flax_layer")


def _torch_module_wrapper() -> keras.Layer:
    """Wrap a torch linear module."""
    import torch

    return layers.TorchModuleWrapper(
        torch.nn.Linear(5, 3), output_shape=(None, 3), name="torch_module_wrapper"
    )


@cache
def _saved_model() -> str:
    """Write a TensorFlow SavedModel with one variable and return its folder."""
    import tensorflow as tf

    class Scaled(tf.Module):
        """Multiplies its input by a variable."""

        def __init__(self) -> None:
            super().__init__()
            self.factor = tf.Variable(tf.ones((5,)), name="factor")

        @tf.function(input_signature=[tf.TensorSpec((None, 5), tf.float32)])
        def serve(self, inputs: Any) -> Any:
            return inputs * self.factor

    folder = tempfile.mkdtemp(prefix="declinit-saved-model-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tf.saved_model.save(Scaled(), folder)
    return folder


def _tfsm_layer() -> keras.Layer:
    """Wrap a TensorFlow SavedModel."""
    return layers.TFSMLayer(_saved_model(), call_endpoint="serve", name="tfsm_layer")


_CORE = {
    "dense": LayerCase(
        layer=lambda: layers.Dense(3, name="dense"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
    ),
    "dense_lora_rank": LayerCase(
        layer=lambda: layers.Dense(3, lora_rank=2, name="dense_lora_rank"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
    ),
    "dense_enable_lora": LayerCase(
        layer=lambda: layers.Dense(3, name="dense_enable_lora"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
        after_build=_add_lora,
    ),
    "dense_int8": LayerCase(
        layer=lambda: layers.Dense(3, name="dense_int8"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
        after_build=_quantizer("int8"),
    ),
    "dense_int8_policy": LayerCase(
        layer=lambda: layers.Dense(3, dtype="int8_from_float32", name="dense_int8_policy"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
    ),
    "dense_int4": LayerCase(
        layer=lambda: layers.Dense(3, name="dense_int4"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
        after_build=_quantizer("int4"),
    ),
    "dense_float8": LayerCase(
        layer=lambda: layers.Dense(3, name="dense_float8"),
        inputs=(Feed((5,)),),
        covers=("Dense",),
        after_build=_quantizer("float8"),
    ),
    "einsum_dense": LayerCase(
        layer=lambda: layers.EinsumDense(
            "abc,cde->abde", (None, 2, 3), bias_axes="de", name="einsum_dense"
        ),
        inputs=(Feed((7, 5)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_two_inputs": LayerCase(
        layer=lambda: layers.EinsumDense(
            "abcd,cde->abe", (None, 5), bias_axes="e", name="einsum_dense_two_inputs"
        ),
        inputs=(Feed((7, 2, 3)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_experts": LayerCase(
        layer=lambda: layers.EinsumDense(
            "bed,edh->beh", (4, 3), bias_axes="eh", name="einsum_dense_experts"
        ),
        inputs=(Feed((4, 5)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_leading_ellipsis": LayerCase(
        layer=lambda: layers.EinsumDense(
            "...x,xy->...y", 3, bias_axes="y", name="einsum_dense_leading_ellipsis"
        ),
        inputs=(Feed((6, 7, 5)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_trailing_ellipsis": LayerCase(
        layer=lambda: layers.EinsumDense(
            "ab...,bc->ac...", 3, bias_axes="c", name="einsum_dense_trailing_ellipsis"
        ),
        inputs=(Feed((5, 6, 7)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_ellipsis_experts": LayerCase(
        layer=lambda: layers.EinsumDense(
            "...ed,edh->...eh", (4, 3), bias_axes="eh", name="einsum_dense_ellipsis_experts"
        ),
        inputs=(Feed((7, 4, 5)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_lora_rank": LayerCase(
        layer=lambda: layers.EinsumDense(
            "abc,cde->abde", (None, 4, 3), lora_rank=2, name="einsum_dense_lora_rank"
        ),
        inputs=(Feed((7, 5)),),
        covers=("EinsumDense",),
    ),
    "einsum_dense_enable_lora": LayerCase(
        layer=lambda: layers.EinsumDense(
            "abc,cde->abde", (None, 4, 3), name="einsum_dense_enable_lora"
        ),
        inputs=(Feed((7, 5)),),
        covers=("EinsumDense",),
        after_build=_add_lora,
    ),
    "einsum_dense_int8": LayerCase(
        layer=lambda: layers.EinsumDense(
            "abc,cde->abde", (None, 4, 3), bias_axes="de", name="einsum_dense_int8"
        ),
        inputs=(Feed((7, 5)),),
        covers=("EinsumDense",),
        after_build=_quantizer("int8"),
    ),
    "embedding": LayerCase(
        layer=lambda: layers.Embedding(11, 3, name="embedding"),
        inputs=(Feed((7,), "int32"),),
        covers=("Embedding",),
    ),
    "embedding_lora_rank": LayerCase(
        layer=lambda: layers.Embedding(11, 3, lora_rank=2, name="embedding_lora_rank"),
        inputs=(Feed((7,), "int32"),),
        covers=("Embedding",),
    ),
    "embedding_enable_lora": LayerCase(
        layer=lambda: layers.Embedding(11, 3, name="embedding_enable_lora"),
        inputs=(Feed((7,), "int32"),),
        covers=("Embedding",),
        after_build=_add_lora,
    ),
    "embedding_int8": LayerCase(
        layer=lambda: layers.Embedding(11, 3, name="embedding_int8"),
        inputs=(Feed((7,), "int32"),),
        covers=("Embedding",),
        after_build=_quantizer("int8"),
    ),
    "reversible_embedding_tied": LayerCase(
        layer=lambda: layers.ReversibleEmbedding(11, 3, name="reversible_embedding_tied"),
        inputs=(Feed((7,), "int32"),),
        covers=("ReversibleEmbedding",),
        call=_there_and_back,
    ),
    "reversible_embedding_untied": LayerCase(
        layer=lambda: layers.ReversibleEmbedding(
            11, 3, tie_weights=False, name="reversible_embedding_untied"
        ),
        inputs=(Feed((7,), "int32"),),
        covers=("ReversibleEmbedding",),
        call=_there_and_back,
    ),
    "p_re_lu": LayerCase(
        layer=lambda: layers.PReLU(name="p_re_lu"),
        inputs=(Feed((5, 3)),),
        covers=("PReLU",),
    ),
    "p_re_lu_shared_axes": LayerCase(
        layer=lambda: layers.PReLU(shared_axes=(1,), name="p_re_lu_shared_axes"),
        inputs=(Feed((5, 3)),),
        covers=("PReLU",),
    ),
}

_CONVOLUTION = {
    "conv1d": LayerCase(
        layer=lambda: layers.Conv1D(4, 3, name="conv1d"),
        inputs=(Feed((8, 2)),),
        covers=("Conv1D",),
    ),
    "conv2d": LayerCase(
        layer=lambda: layers.Conv2D(4, (3, 2), name="conv2d"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2D",),
    ),
    "conv2d_strides": LayerCase(
        layer=lambda: layers.Conv2D(4, 3, strides=2, name="conv2d_strides"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2D",),
    ),
    "conv2d_groups": LayerCase(
        layer=lambda: layers.Conv2D(4, 3, groups=2, name="conv2d_groups"),
        inputs=(Feed((8, 7, 6)),),
        covers=("Conv2D",),
    ),
    "conv2d_channels_first": LayerCase(
        layer=lambda: layers.Conv2D(
            4, 3, data_format="channels_first", name="conv2d_channels_first"
        ),
        inputs=(Feed((5, 8, 7)),),
        covers=("Conv2D",),
    ),
    "conv2d_lora_rank": LayerCase(
        layer=lambda: layers.Conv2D(4, 3, lora_rank=2, name="conv2d_lora_rank"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2D",),
    ),
    "conv2d_enable_lora": LayerCase(
        layer=lambda: layers.Conv2D(4, 3, name="conv2d_enable_lora"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2D",),
        after_build=_add_lora,
    ),
    "conv3d": LayerCase(
        layer=lambda: layers.Conv3D(4, 3, name="conv3d"),
        inputs=(Feed((6, 6, 6, 2)),),
        covers=("Conv3D",),
    ),
    "conv1d_transpose": LayerCase(
        layer=lambda: layers.Conv1DTranspose(4, 3, name="conv1d_transpose"),
        inputs=(Feed((8, 2)),),
        covers=("Conv1DTranspose",),
    ),
    "conv2d_transpose": LayerCase(
        layer=lambda: layers.Conv2DTranspose(4, 3, name="conv2d_transpose"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2DTranspose",),
    ),
    "conv2d_transpose_strides": LayerCase(
        layer=lambda: layers.Conv2DTranspose(4, 3, strides=2, name="conv2d_transpose_strides"),
        inputs=(Feed((8, 7, 5)),),
        covers=("Conv2DTranspose",),
    ),
    "conv3d_transpose": LayerCase(
        layer=lambda: layers.Conv3DTranspose(4, 3, name="conv3d_transpose"),
        inputs=(Feed((6, 6, 6, 2)),),
        covers=("Conv3DTranspose",),
    ),
    "depthwise_conv1d": LayerCase(
        layer=lambda: layers.DepthwiseConv1D(3, depth_multiplier=2, name="depthwise_conv1d"),
        inputs=(Feed((8, 5)),),
        covers=("DepthwiseConv1D",),
    ),
    "depthwise_conv2d": LayerCase(
        layer=lambda: layers.DepthwiseConv2D(3, name="depthwise_conv2d"),
        inputs=(Feed((8, 7, 5)),),
        covers=("DepthwiseConv2D",),
    ),
    "depthwise_conv2d_multiplier": LayerCase(
        layer=lambda: layers.DepthwiseConv2D(
            3, depth_multiplier=2, name="depthwise_conv2d_multiplier"
        ),
        inputs=(Feed((8, 7, 5)),),
        covers=("DepthwiseConv2D",),
    ),
    "separable_conv1d": LayerCase(
        layer=lambda: layers.SeparableConv1D(4, 3, depth_multiplier=2, name="separable_conv1d"),
        inputs=(Feed((8, 5)),),
        covers=("SeparableConv1D",),
    ),
    "separable_conv2d": LayerCase(
        layer=lambda: layers.SeparableConv2D(4, 3, depth_multiplier=2, name="separable_conv2d"),
        inputs=(Feed((8, 7, 5)),),
        covers=("SeparableConv2D",),
    ),
}


def _layer_scale() -> keras.Layer:
    """Make the layer of ConvNeXt whose weight has no name; Keras does not export it."""
    from keras.src.applications.convnext import LayerScale

    return LayerScale(0.25, 5, name="layer_scale")


_NORMALIZATION = {
    "layer_scale": LayerCase(layer=_layer_scale, inputs=(Feed((7, 5)),), covers=()),
    "batch_normalization": LayerCase(
        layer=lambda: layers.BatchNormalization(name="batch_normalization"),
        inputs=(Feed((7, 5)),),
        covers=("BatchNormalization",),
    ),
    "batch_normalization_renorm": LayerCase(
        layer=lambda: layers.BatchNormalization(renorm=True, name="batch_normalization_renorm"),
        inputs=(Feed((7, 5)),),
        covers=("BatchNormalization",),
    ),
    "group_normalization": LayerCase(
        layer=lambda: layers.GroupNormalization(groups=2, name="group_normalization"),
        inputs=(Feed((7, 6)),),
        covers=("GroupNormalization",),
    ),
    "layer_normalization": LayerCase(
        layer=lambda: layers.LayerNormalization(name="layer_normalization"),
        inputs=(Feed((7, 5)),),
        covers=("LayerNormalization",),
    ),
    "layer_normalization_two_axes": LayerCase(
        layer=lambda: layers.LayerNormalization(axis=(-2, -1), name="layer_normalization_two_axes"),
        inputs=(Feed((7, 5)),),
        covers=("LayerNormalization",),
    ),
    "rms_normalization": LayerCase(
        layer=lambda: layers.RMSNormalization(name="rms_normalization"),
        inputs=(Feed((7, 5)),),
        covers=("RMSNormalization",),
    ),
    "spectral_normalization_dense": LayerCase(
        layer=lambda: layers.SpectralNormalization(
            layers.Dense(3, name="inner"), name="spectral_normalization_dense"
        ),
        inputs=(Feed((5,)),),
        covers=("SpectralNormalization",),
    ),
    "spectral_normalization_conv2d": LayerCase(
        layer=lambda: layers.SpectralNormalization(
            layers.Conv2D(4, 3, name="inner"), name="spectral_normalization_conv2d"
        ),
        inputs=(Feed((8, 7, 5)),),
        covers=("SpectralNormalization",),
    ),
    "spectral_normalization_embedding": LayerCase(
        layer=lambda: layers.SpectralNormalization(
            layers.Embedding(11, 3, name="inner"), name="spectral_normalization_embedding"
        ),
        inputs=(Feed((7,), "int32"),),
        covers=("SpectralNormalization",),
    ),
}

_ATTENTION = {
    "attention_scale": LayerCase(
        layer=lambda: layers.Attention(use_scale=True, name="attention_scale"),
        inputs=(Feed((7, 5)), Feed((6, 5))),
        covers=("Attention",),
        call=_as_list,
    ),
    "attention_concat": LayerCase(
        layer=lambda: layers.Attention(
            use_scale=True, score_mode="concat", name="attention_concat"
        ),
        inputs=(Feed((7, 5)), Feed((6, 5))),
        covers=("Attention",),
        call=_as_list,
    ),
    "additive_attention": LayerCase(
        layer=lambda: layers.AdditiveAttention(name="additive_attention"),
        inputs=(Feed((7, 5)), Feed((6, 5))),
        covers=("AdditiveAttention",),
        call=_as_list,
    ),
    "multi_head_attention": LayerCase(
        layer=lambda: layers.MultiHeadAttention(2, 3, name="multi_head_attention"),
        inputs=(Feed((7, 5)), Feed((6, 5))),
        covers=("MultiHeadAttention",),
    ),
    "multi_head_attention_gate": LayerCase(
        layer=lambda: layers.MultiHeadAttention(
            2,
            3,
            value_dim=4,
            output_shape=9,
            use_gate=True,
            dropout=0.1,
            name="multi_head_attention_gate",
        ),
        inputs=(Feed((7, 5)), Feed((6, 8)), Feed((6, 10))),
        covers=("MultiHeadAttention",),
    ),
    "multi_head_attention_two_axes": LayerCase(
        layer=lambda: layers.MultiHeadAttention(
            2, 3, attention_axes=(1, 2), name="multi_head_attention_two_axes"
        ),
        inputs=(Feed((4, 7, 5)), Feed((4, 6, 5))),
        covers=("MultiHeadAttention",),
    ),
    "group_query_attention": LayerCase(
        layer=lambda: layers.GroupQueryAttention(3, 4, 2, name="group_query_attention"),
        inputs=(Feed((7, 5)), Feed((6, 5))),
        covers=("GroupQueryAttention",),
    ),
    "group_query_attention_gate": LayerCase(
        layer=lambda: layers.GroupQueryAttention(
            3, 4, 2, use_gate=True, dropout=0.1, name="group_query_attention_gate"
        ),
        inputs=(Feed((7, 5)), Feed((6, 5)), Feed((6, 10))),
        covers=("GroupQueryAttention",),
    ),
}

_RECURRENT = {
    "simple_rnn": LayerCase(
        layer=lambda: layers.SimpleRNN(3, name="simple_rnn"),
        inputs=(Feed((7, 5)),),
        covers=("SimpleRNN", "SimpleRNNCell"),
    ),
    "lstm": LayerCase(
        layer=lambda: layers.LSTM(3, name="lstm"),
        inputs=(Feed((7, 5)),),
        covers=("LSTM", "LSTMCell"),
    ),
    "lstm_no_forget_bias": LayerCase(
        layer=lambda: layers.LSTM(3, unit_forget_bias=False, name="lstm_no_forget_bias"),
        inputs=(Feed((7, 5)),),
        covers=("LSTM", "LSTMCell"),
    ),
    "lstm_dropout": LayerCase(
        layer=lambda: layers.LSTM(3, dropout=0.1, name="lstm_dropout"),
        inputs=(Feed((7, 5)),),
        covers=("LSTM", "LSTMCell"),
    ),
    "lstm_stateful": LayerCase(
        layer=lambda: layers.LSTM(3, stateful=True, name="lstm_stateful"),
        inputs=(Feed((7, 5)),),
        covers=("LSTM", "LSTMCell"),
        batch_size=2,
    ),
    "gru": LayerCase(
        layer=lambda: layers.GRU(3, name="gru"),
        inputs=(Feed((7, 5)),),
        covers=("GRU", "GRUCell"),
    ),
    "gru_reset_before": LayerCase(
        layer=lambda: layers.GRU(3, reset_after=False, name="gru_reset_before"),
        inputs=(Feed((7, 5)),),
        covers=("GRU", "GRUCell"),
    ),
    "rnn_lstm_cell": LayerCase(
        layer=lambda: layers.RNN(layers.LSTMCell(3, name="inner"), name="rnn_lstm_cell"),
        inputs=(Feed((7, 5)),),
        covers=("RNN", "LSTMCell"),
    ),
    "rnn_cell_list": LayerCase(
        layer=lambda: layers.RNN(
            [layers.GRUCell(3, name="inner_0"), layers.SimpleRNNCell(4, name="inner_1")],
            name="rnn_cell_list",
        ),
        inputs=(Feed((7, 5)),),
        covers=("RNN", "StackedRNNCells", "GRUCell", "SimpleRNNCell"),
    ),
    "rnn_stacked_rnn_cells": LayerCase(
        layer=lambda: layers.RNN(
            layers.StackedRNNCells(
                [layers.LSTMCell(3, name="inner_0"), layers.LSTMCell(4, name="inner_1")],
                name="stack",
            ),
            name="rnn_stacked_rnn_cells",
        ),
        inputs=(Feed((7, 5)),),
        covers=("RNN", "StackedRNNCells", "LSTMCell"),
    ),
    "conv_lstm1d": LayerCase(
        layer=lambda: layers.ConvLSTM1D(4, 3, name="conv_lstm1d"),
        inputs=(Feed((5, 8, 2)),),
        covers=("ConvLSTM1D",),
    ),
    "conv_lstm2d": LayerCase(
        layer=lambda: layers.ConvLSTM2D(4, 3, name="conv_lstm2d"),
        inputs=(Feed((5, 8, 7, 2)),),
        covers=("ConvLSTM2D",),
    ),
    "conv_lstm3d": LayerCase(
        layer=lambda: layers.ConvLSTM3D(4, 3, name="conv_lstm3d"),
        inputs=(Feed((5, 6, 6, 6, 2)),),
        covers=("ConvLSTM3D",),
    ),
    "bidirectional": LayerCase(
        layer=lambda: layers.Bidirectional(layers.LSTM(3, name="inner"), name="bidirectional"),
        inputs=(Feed((7, 5)),),
        covers=("Bidirectional", "LSTM", "LSTMCell"),
    ),
    "bidirectional_backward_layer": LayerCase(
        layer=lambda: layers.Bidirectional(
            layers.GRU(3, name="there"),
            backward_layer=layers.SimpleRNN(4, go_backwards=True, name="back"),
            name="bidirectional_backward_layer",
        ),
        inputs=(Feed((7, 5)),),
        covers=("Bidirectional", "GRU", "SimpleRNN"),
    ),
    "bidirectional_rnn_cell_list": LayerCase(
        layer=lambda: layers.Bidirectional(
            layers.RNN(
                [layers.GRUCell(3, name="inner_0"), layers.LSTMCell(4, name="inner_1")],
                name="inner",
            ),
            name="bidirectional_rnn_cell_list",
        ),
        inputs=(Feed((7, 5)),),
        covers=("Bidirectional", "RNN", "StackedRNNCells"),
    ),
    "time_distributed": LayerCase(
        layer=lambda: layers.TimeDistributed(
            layers.Dense(3, name="inner"), name="time_distributed"
        ),
        inputs=(Feed((7, 5)),),
        covers=("TimeDistributed",),
    ),
    "time_distributed_spectral_normalization": LayerCase(
        layer=lambda: layers.TimeDistributed(
            layers.SpectralNormalization(layers.Dense(3, name="inner"), name="middle"),
            name="time_distributed_spectral_normalization",
        ),
        inputs=(Feed((7, 5)),),
        covers=("TimeDistributed", "SpectralNormalization"),
    ),
}

_PREPROCESSING = {
    "normalization": LayerCase(
        layer=lambda: layers.Normalization(name="normalization"),
        inputs=(Feed((7, 5)),),
        covers=("Normalization",),
    ),
    "pipeline": LayerCase(
        layer=lambda: layers.Pipeline(
            [layers.Rescaling(2.0, name="inner_0"), layers.Normalization(name="inner_1")],
            name="pipeline",
        ),
        inputs=(Feed((7, 5)),),
        covers=("Pipeline", "Normalization"),
    ),
    "stft_spectrogram": LayerCase(
        layer=lambda: layers.STFTSpectrogram(
            frame_length=8, frame_step=4, fft_length=8, name="stft_spectrogram"
        ),
        inputs=(Feed((32, 1)),),
        covers=("STFTSpectrogram",),
    ),
}

_FOREIGN = {
    "jax_layer": LayerCase(
        layer=_jax_layer,
        inputs=(Feed((5,)),),
        covers=("JaxLayer",),
        backends=frozenset({"jax", "tensorflow"}),
        requires=("tensorflow",),
        reason="JaxLayer refuses the other backends, and imports TensorFlow",
    ),
    "flax_layer": LayerCase(
        layer=_flax_layer,
        inputs=(Feed((5,)),),
        covers=("FlaxLayer",),
        backends=frozenset({"jax", "tensorflow"}),
        requires=("flax",),
        reason="FlaxLayer is a JaxLayer around a Flax module",
    ),
    "torch_module_wrapper": LayerCase(
        layer=_torch_module_wrapper,
        inputs=(Feed((5,)),),
        covers=("TorchModuleWrapper",),
        backends=frozenset({"torch"}),
        reason="TorchModuleWrapper takes a module of the torch backend",
    ),
    "tfsm_layer": LayerCase(
        layer=_tfsm_layer,
        inputs=(Feed((5,)),),
        covers=("TFSMLayer",),
        backends=frozenset({"tensorflow"}),
        reason="TFSMLayer refuses the other backends",
    ),
}

CASES: dict[str, LayerCase] = {
    **_CORE,
    **_CONVOLUTION,
    **_NORMALIZATION,
    **_ATTENTION,
    **_RECURRENT,
    **_PREPROCESSING,
    **_FOREIGN,
}

ABSTRACT: frozenset[str] = frozenset(
    {
        "Layer",  # the base class
        "Wrapper",  # the base class of TimeDistributed and SpectralNormalization
    }
)

WEIGHTLESS: frozenset[str] = frozenset(
    {
        # Shapes, inputs and stateless functions.
        *("Activation", "ActivityRegularization", "Flatten", "Identity", "InputLayer", "Lambda"),
        *("Masking", "Permute", "RepeatVector", "Reshape"),
        *("Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D", "UpSampling2D"),
        *("UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
        *("ELU", "LeakyReLU", "ReLU", "Softmax", "UnitNormalization"),
        # Merging.
        *("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
        # Pooling.
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        *("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        # Noise: `variables` has the state of a seed generator, `weights` has nothing.
        *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
        # Preprocessing of numbers and text: tables and constants, not Keras variables.
        *("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup"),
        *("MelSpectrogram", "Rescaling", "StringLookup", "TextVectorization"),
        # Preprocessing of images.
        *("AutoContrast", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization"),
        *("Equalization", "MaxNumBoundingBoxes", "Resizing"),
        # Augmentation of images: like noise, a seed generator's state at most.
        *("AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness"),
        *("RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop"),
        *("RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur"),
        *("RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective"),
        *("RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness"),
        *("RandomShear", "RandomTranslation", "RandomZoom", "Solarization"),
    }
)
