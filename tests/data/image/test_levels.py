"""Pictures whose values are no bytes: one scale for a set, so that the brightness between pictures stays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import fathom
from fathom.data.image import image_file
from fathom.data.image.learned_levels import learn_levels
from fathom.data.image.levels import BY_TYPE, Levels


def ramp(top: float, low: float = 0.0) -> np.ndarray:
    """From dark to bright, (32, 32)."""
    return np.tile(np.linspace(low, top, 32), (32, 1))


KINDS = {
    "12 bits of 16": (lambda: ramp(4095).astype(np.uint16), ".png"),
    "8 bits of 16": (lambda: ramp(255).astype(np.uint16), ".png"),
    "depth in millimetres": (lambda: ramp(9000, 400).astype(np.uint16), ".tif"),
    "fractions": (lambda: ramp(1).astype(np.float32), ".tif"),
    "fractions beyond 1": (lambda: ramp(1.3).astype(np.float32), ".tif"),
    "negative": (lambda: ramp(3, -3).astype(np.float32), ".tif"),
    "kelvin": (lambda: ramp(310, 285).astype(np.float32), ".tif"),
    "32 bits": (lambda: ramp(2_000_000).astype(np.int32), ".tif"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_grey_levels_are_used(tmp_path, kind):
    make, ending = KINDS[kind]
    path = tmp_path / f"a{ending}"
    Image.fromarray(make()).save(path)
    shown = image_file.decode(path, 32, 1, learn_levels([path]))[:, :, 0]
    assert np.abs(shown[0].astype(float) - np.linspace(0, 255, 32)).max() <= 2


def test_the_scale_is_that_of_the_set_and_not_of_the_picture(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path, top in zip(paths, (1000, 4000), strict=True):
        Image.fromarray(ramp(top).astype(np.uint16)).save(path)
    levels = learn_levels(paths)
    tops = [int(image_file.decode(path, 32, 1, levels).max()) for path in paths]
    assert tops[1] == 255
    assert abs(tops[0] - 255 / 4) <= 2


def test_a_hot_pixel_does_not_darken_the_rest(tmp_path):
    values = ramp(100).astype(np.float32)
    values = np.tile(values, (4, 4))
    values[3, 3], values[5, 5] = 1e9, np.nan
    Image.fromarray(values).save(tmp_path / "a.tif")
    levels = learn_levels([tmp_path / "a.tif"])
    assert levels.high == pytest.approx(100, rel=0.01)


def test_pictures_of_bytes_are_left_as_they_are(tmp_path):
    values = np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert learn_levels([tmp_path / "a.png"]) == BY_TYPE
    assert (image_file.decode(tmp_path / "a.png", 32, 3, Levels(3, 900)) == values).all()


@pytest.mark.parametrize(("ink", "background"), [(255, 0), (0, 255)])
def test_what_is_drawn_on_clear_ground_can_be_seen(tmp_path, ink, background):
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, 8:16] = (ink, ink, ink, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    levels = learn_levels([tmp_path / "a.png"])
    assert levels.background == background
    shown = image_file.decode(tmp_path / "a.png", 32, 1, levels)[:, :, 0]
    assert abs(int(shown[5, 10]) - int(shown[5, 25])) == 255


def test_a_training_keeps_its_scale_for_what_it_is_asked_later(tmp_path):
    """Classes that differ only in brightness between pictures of 12 bits, and a dark set asked about alone."""
    rng = np.random.default_rng(0)
    for i in range(60):
        bright = i % 2
        folder = tmp_path / "data" / ("dark", "bright")[bright]
        folder.mkdir(parents=True, exist_ok=True)
        values = (rng.random((16, 16)) * 0.2 + 0.15 + 0.6 * bright) * 4000
        Image.fromarray(values.astype(np.uint16)).save(folder / f"{i}.png")
    run = fathom.train(tmp_path / "data", net="logistic", size=16, epochs=20, augment=0, out=tmp_path / "run")
    assert run.figures["dev"].value < 0.1
    dark = sorted((tmp_path / "data" / "dark").iterdir())[:5]
    assert [p.value for p in run.predict([str(p) for p in dark])] == ["dark"] * 5
