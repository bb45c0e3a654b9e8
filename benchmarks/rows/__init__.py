"""The comparisons by name, in the order in which they are measured; each is one file."""

from __future__ import annotations

from benchmarks.comparison import Comparison
from benchmarks.rows import (
    cold_start,
    fine_tuning,
    memory,
    overhead,
    pixels_and_boxes,
    processes,
    reference_cnn,
    sequence_nets,
    serving,
    table_mlp,
    time_to_accuracy,
)

COMPARISONS: dict[str, Comparison] = {
    "reference-cnn": reference_cnn.ROW,
    "fine-tuning": fine_tuning.ROW,
    "table-mlp": table_mlp.ROW,
    "char-lstm": sequence_nets.CHARACTERS,
    "text-bilstm": sequence_nets.TEXTS,
    "speech-ctc": sequence_nets.SPEECH,
    "unet": pixels_and_boxes.PIXELS,
    "detector": pixels_and_boxes.BOXES,
    "overhead": overhead.ROW,
    "memory": memory.ROW,
    "processes": processes.ROW,
    "serving": serving.ROW,
    "serving-memory": serving.MEMORY,
    "cold-start": cold_start.ROW,
    "time-to-92": time_to_accuracy.ROW,
}
