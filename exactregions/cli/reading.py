"""Options that say how a network is read from its file, shared by all commands that take one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.errors import FileFormatError
from exactregions.importers import load
from exactregions.network import Network

of_reading = partial(typer.Option, rich_help_panel="Reading the network")
ActivationName = Annotated[
    str | None,
    of_reading(
        "--activation",
        metavar="NAME",
        help="For a state dict: relu, leaky_relu(0.1), abs or identity; or one for each hidden layer, with commas.",
    ),
]
Prefix = Annotated[
    str | None, of_reading("--prefix", metavar="NAME", help="For a state dict: which of several networks.")
]
OutputName = Annotated[str | None, of_reading("--output-name", metavar="NAME", help="For an ONNX model: which output.")]
StripOutput = Annotated[bool, of_reading("--strip-output", help="Cut off a softmax, sigmoid or argmax at the end.")]
OneRow = Annotated[bool, of_reading("--one-row", help="For an ONNX model: its first dimension is a batch.")]

SequenceSteps = Annotated[
    int | None,
    of_reading(
        "--sequence-steps", min=1, metavar="N", help="Of an ONNX model: the length of a sequence that it leaves open."
    ),
]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a network is to be read, as it was asked for."""

    activation: ActivationName = None
    prefix: Prefix = None
    output_name: OutputName = None
    strip_output: StripOutput = False
    one_row: OneRow = False
    sequence_steps: SequenceSteps = None

    def network(self, path: Path) -> Network:
        """Return the network in a file."""
        return load(path, **self._keywords())

    def checked_network(self, path: Path) -> Network:
        """Return the network with a note of how closely it agrees with the file's own evaluation."""
        from exactregions.importers.checking import checked_file

        if self.strip_output:
            raise FileFormatError(
                "--check compares whole outputs; name the value before the end by --output-name instead"
            )
        asked = self._keywords()
        kept = {name: asked[name] for name in ("output", "batch", "steps")}
        return checked_file(self.network(path), path, **kept)

    def _keywords(self) -> dict[str, Any]:
        """Return the keywords of `exactregions.load` that were asked for."""
        names = self.activation
        # commas within parentheses would be of one name; there are none
        activation = names if names is None or "," not in names else [part.strip() for part in names.split(",")]
        return {
            "activation": activation,
            "prefix": self.prefix,
            "output": self.output_name,
            "strip_output": self.strip_output,
            "batch": 1 if self.one_row else None,
            "steps": self.sequence_steps,
        }
