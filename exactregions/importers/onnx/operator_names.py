"""Operators of ONNX that are not read, by why, and those that may stand at the end of a network."""

from __future__ import annotations

FINAL = {"Softmax", "LogSoftmax", "Sigmoid"}
LABELS = {"ArgMax", "ArgMin", "ArrayFeatureExtractor", "ZipMap", "LabelEncoder"}
MOVES = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Cast", "Dropout"}
CURVED = {
    *("Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Softplus", "Softsign", "Elu", "Selu", "Celu", "Gelu", "Mish"),
    *("HardSwish", "Swish", "Erf", "Hardmax", "LpNormalization", "InstanceNormalization", "GroupNormalization"),
    *("LayerNormalization", "MeanVarianceNormalization", "LRN", "LSTM", "GRU", "Attention", "LpPool"),
    *("GlobalLpPool", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare", "Sinh", "Cosh", "Tan"),
    *("Asin", "Acos", "Atan", "Asinh", "Acosh", "Atanh", "QuantizeLinear", "DynamicQuantizeLinear", "IsNaN"),
    *("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial"),
    *("RMSNormalization", "BitShift", "NonZero", "CumProd", "Det", "Xor", "Unique", "SwiGLU", "LinearAttention"),
    *("BitCast", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "IsInf", "NonMaxSuppression", "DeformConv"),
    *("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "ImageDecoder", "TfIdfVectorizer"),
    *("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"),
    *("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit"),
    *("TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor", "SVMClassifier", "SVMRegressor"),
    *("Normalizer", "Binarizer", "OneHotEncoder"),
}
ELEMENTWISE = {
    *("Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Softplus", "Softsign", "Elu", "Selu", "Celu", "Gelu", "Mish"),
    *("HardSwish", "Swish", "Erf", "Hardmax", "Sinh", "Cosh", "Tan", "Asin", "Acos", "Atan", "Asinh", "Acosh"),
    *("Atanh", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "Reciprocal", "LRN"),
    *("LpNormalization", "InstanceNormalization", "LayerNormalization", "MeanVarianceNormalization"),
}
LINEAR_YET = {"Loop", "Scan", "If", "TopK", "GatherND", "ReduceL1", "Scatter"}
LINEAR_YET |= {"ScatterElements", "ScatterND", "OneHot", "EyeLike", "Compress", "ReverseSequence", "MaxUnpool"}
LINEAR_YET |= {"AffineGrid", "CausalConvWithState", "CenterCropPad", "Col2Im", "DFT", "STFT", "DequantizeLinear"}
LINEAR_YET |= {"GridSample", "MaxRoiPool", "RoiAlign", "RotaryEmbedding", "TensorScatter", "MelWeightMatrix"}
LINEAR_YET |= {"BlackmanWindow", "HammingWindow", "HannWindow", "Optional", "OptionalGetElement", "OptionalHasElement"}
LINEAR_YET |= {"SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength"}
LINEAR_YET |= {"SequenceMap", "SplitToSequence", "ConcatFromSequence"}
LINEAR_YET |= {"LinearRegressor", "LinearClassifier", "FeatureVectorizer", "Imputer"}
