"""A run's net behind FastAPI as its tutorials have it: what ``fathom serve`` is compared with.

python -m benchmarks.loops.plain_server RUN PORT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, UploadFile
from PIL import Image

from fathom.runs.folder import RunFolder
from fathom.runs.predict import Predictor


def application(run: Path) -> FastAPI:
    """The net, asked one picture at a time, in the threads that FastAPI has for functions."""
    predictor = Predictor(RunFolder.open(run))
    task: Any = predictor.task
    net, side, classes = predictor.net, task.size_, list(task.classes)
    app = FastAPI()

    @app.post("/predict")
    def predict(file: UploadFile) -> dict[str, Any]:
        image = Image.open(file.file).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
        with torch.inference_mode():
            probabilities = net(pixels).softmax(1)[0].tolist()
        best = int(np.argmax(probabilities))
        return {
            "prediction": classes[best],
            "confidence": probabilities[best],
            "scores": dict(zip(classes, probabilities)),
        }

    return app


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[1])), port=int(sys.argv[2]), log_level="warning", access_log=False)
