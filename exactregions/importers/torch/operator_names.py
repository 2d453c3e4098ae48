"""Aten operators that are not read, by why, and those that may stand at the end of a network."""

from __future__ import annotations

from exactregions.importers.obstacles import NEVER, NOT_KNOWN, NOT_YET

FINAL = {"softmax", "_softmax", "log_softmax", "_log_softmax", "sigmoid"}
LABELS = {"argmax", "argmin"}
CURVED = {
    *FINAL,
    *("tanh", "gelu", "silu", "silu_", "mish", "elu", "elu_", "selu", "selu_", "celu", "celu_", "softplus", "softsign"),
    *("log_sigmoid", "hardswish", "hardswish_", "exp", "log", "sqrt", "rsqrt", "pow", "sin", "cos", "erf"),
    *("reciprocal", "_weight_norm_interface"),
    *("layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "scaled_dot_product_attention", "norm"),
    *("_native_multi_head_attention", "cosine_similarity", "linalg_vector_norm", "glu", "lstm", "gru", "rnn_tanh"),
    *("bilinear", "sigmoid_", "tanh_", "floor", "ceil", "round", "trunc", "frac", "sign", "sgn", "heaviside", "logit"),
    *("prod", "var", "std", "var_mean", "std_mean", "cumprod", "log1p", "expm1", "square", "tan", "atan", "atan2"),
    *("rms_norm", "logsumexp", "cdist", "lp_pool2d", "fake_quantize_per_tensor_affine", "_fused_rms_norm", "erfc"),
    *("argsort", "remainder", "fmod", "hypot", "linalg_inv_ex", "inverse", "det", "isnan", "isinf", "isfinite"),
}
COMPARED = {"gt", "lt", "ge", "le", "eq", "ne", "logical_and", "logical_or", "logical_not", "logical_xor"}
RANDOM = ("rand", "bernoulli", "multinomial", "normal", "uniform", "exponential", "poisson")
OF_SHAPE = {"zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "empty_like", "new_empty"}
LATER = {"sort", "topk", "median", "kthvalue", "max_unpool2d", "upsample_bilinear2d", "upsample_linear1d"}
LATER |= {"scatter", "scatter_add", "index_put", "_fft_r2c", "_fft_c2r", "_fft_c2c", "view_as_real", "max_unpool3d"}
LATER |= {"fractional_max_pool2d", "fractional_max_pool3d"}
LATER |= {"upsample_bicubic2d", "upsample_trilinear3d", "cummax", "cummin", "grid_sampler"}


def reason_against(kind: str) -> str:
    """Return why an operator is not read."""
    if kind in CURVED | LABELS:
        return NEVER
    if kind in COMPARED:
        return "it compares values that depend on the input: " + NEVER
    return NOT_YET if kind in LATER else NOT_KNOWN
