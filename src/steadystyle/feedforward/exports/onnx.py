"""ONNX: a file that ONNX Runtime and many others run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from steadystyle.feedforward.contracts import Examples, Export, Painter
from steadystyle.feedforward.served import PICTURES, Served

OPSET = 17
"""Of 2022: what browsers and phones of today can run."""


class ONNX(Export):
    """For ONNX Runtime and many others, in float32."""

    ending = ".onnx"
    packages = ("tf2onnx", "onnx", "onnxruntime")
    extra = "onnx"
    tolerance = 1e-4

    def write(self, served: Served, path: Path, examples: Examples) -> None:
        import tf2onnx

        signature = served.function.input_signature
        tf2onnx.convert.from_function(served.function, signature, opset=OPSET, output_path=str(path))

    def load(self, path: Path) -> Painter:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

        def paint(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
            made: np.ndarray = session.run([PICTURES], dict(inputs))[0]
            return made

        return paint
