"""Keras as in its documentation: a Sequential model, ``compile``, ``fit``; on TensorFlow, its usual backend."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.comparison import Ask
from benchmarks.data import fashion
from benchmarks.loops import Epochs


def fashion_epochs(ask: Ask, epochs: int, until: float = 2.0) -> Epochs:
    """The reference CNN on Fashion-MNIST; ends at the first epoch whose accuracy is at least `until`."""
    import keras

    class Stopwatch(keras.callbacks.Callback):
        """Takes the time of each epoch, validation included."""

        def __init__(self) -> None:
            super().__init__()
            self.found: Epochs = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.began = time.monotonic()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.found.append((time.monotonic() - self.began, float(logs["val_accuracy"])))
            self.model.stop_training = logs["val_accuracy"] >= until

    keras.utils.set_random_seed(ask.seed)
    data, watch = fashion(ask), Stopwatch()
    (images, labels), (dev_images, dev_labels) = (
        (x.astype("float32")[..., None] / 255, y.astype("int64")) for x, y in (data.train, data.test)
    )
    model = reference_cnn()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        images,
        labels,
        batch_size=128,
        epochs=epochs,
        validation_data=(dev_images, dev_labels),
        callbacks=[watch],
        verbose=0,
    )
    return watch.found


def reference_cnn() -> Any:
    """The same layers as the reference net on torch."""
    from keras import Input, Sequential
    from keras import layers as k

    return Sequential([
        Input((28, 28, 1)),
        k.Conv2D(32, 3, padding="same"), k.BatchNormalization(), k.ReLU(), k.MaxPooling2D(2),
        k.Conv2D(64, 3, padding="same"), k.BatchNormalization(), k.ReLU(), k.MaxPooling2D(2),
        k.Flatten(), k.Dense(128, activation="relu"), k.Dropout(0.25), k.Dense(10, activation="softmax"),
    ])  # fmt: skip
