"""Public networks: what is piecewise linear is read as onnxruntime reads it, the rest is refused."""

from pathlib import Path

import pytest
from public_data import NETS, needs_nets

from exactregions import load
from exactregions.errors import UnsupportedLayerError
from exactregions.importers.checking import checked_file

FILES = sorted([*NETS.glob("*.onnx*"), *NETS.glob("operators/*.onnx")])
REFUSED = {
    "sigmoid": r"^[^:]*: node 0 \(Sigmoid\): not piecewise linear \(last: strip_output=True, .* cuts it off\)$",
    "tanh": r"node 0 \(Tanh\): not piecewise linear$",
    "fc_2-2sigmoids-3": r"\(Sigmoid, .*\): not piecewise linear$",
    "softmax-last-layer": r"\(Softmax, .*\): not piecewise linear \(last",
    "Small_ConvNet": r"\(Softmax, .*\): not piecewise linear \(last",
    # the flows of power are products of voltages, though sines and sigmoids are made of ReLUs
    "14_ieee_ml4acopf-linear-nonresidual": r"\(Mul, .*\).*: two values that depend on the input are multiplied",
    "14_ieee_ml4acopf-linear-residual": r"\(Mul, .*\).*: two values that depend on the input are multiplied",
}
OUTPUTS = {
    "multiInput_add": ("Y", "relu1"),
    "oneInput_twoBranches": ("Y", "add1"),
    "split_2d_split-2-4_axis-1": ("Y1", "Y2"),
    "14_ieee_ml4acopf-linear-nonresidual": ("/layers.7/Concat_output_0",),
}
STRIPPED = ("sigmoid", "softmax-last-layer", "Small_ConvNet")
RANDOM = "dropout_training_mode_true"

pytestmark = needs_nets


def stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".onnx")


@pytest.mark.parametrize("path", [p for p in FILES if stem(p) not in REFUSED], ids=stem)
def test_piecewise_linear_files_agree_with_onnxruntime(path):
    for output in OUTPUTS.get(stem(path), (None,)):
        network = load(path, output=output)
        if stem(path) == RANDOM:
            assert any("training mode is read in inference" in note for note in network.notes)
        else:
            assert "largest difference" in checked_file(network, path, output=output, tolerance=1e-5).notes[-1]


@pytest.mark.parametrize("path", [p for p in FILES if stem(p) in REFUSED], ids=stem)
def test_other_files_are_refused_with_the_reason(path):
    with pytest.raises(UnsupportedLayerError, match=REFUSED[stem(path)]):
        load(path)


@pytest.mark.parametrize("path", [p for p in FILES if stem(p) in STRIPPED], ids=stem)
def test_the_end_can_be_cut_off(path):
    network = load(path, strip_output=True)
    assert any("is cut off at the end" in note for note in network.notes)
    assert network.outputs == (4 if stem(path) == "sigmoid" else 10)


def test_a_part_of_a_network_with_products_is_read():
    path = NETS / "14_ieee_ml4acopf-linear-nonresidual.onnx"
    output = OUTPUTS[stem(path)][0]
    network = checked_file(load(path, output=output), path, output=output)
    assert network.inputs == 22
