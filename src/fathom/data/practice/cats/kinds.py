"""The animals: what sets a cat's head apart from a dog's, a fox's or a pig's, as numbers.

Each kind is a recipe of ranges from which one animal is drawn. Kinds overlap on purpose: foxes and shepherd dogs have
pointed ears, rabbits have whiskers, some cats have round pupils; it is the whole that tells.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Kind:
    """One kind of animal; lengths are in radii of its head.

    Attributes:
        ear: pointed, flop, long, round, fold or none.
        ear_height: how far ears rise above where they start.
        ear_width: half their width at the base.
        ear_place: angle from the top of the head, in radians.
        head: height of the head over its width.
        muzzle: how far the muzzle comes down and forward.
        muzzle_width: half its width.
        nose: nose, button, disc or beak.
        nose_size: half its width.
        slit: how often pupils are slits.
        eye: radius of an eye.
        whiskers: how often there are whiskers.
        tail: long, bushy, short, curl or none.
        cheeks: how far the cheeks stand out.
        wings: wings in place of front legs.
    """

    ear: str
    ear_height: Range
    ear_width: Range
    ear_place: Range
    head: Range
    muzzle: Range
    muzzle_width: Range
    nose: str
    nose_size: Range
    eye: Range
    tail: str
    slit: float = 0.05
    whiskers: float = 0.0
    cheeks: Range = (0.0, 0.1)
    wings: bool = False


CAT = Kind(
    "pointed", (0.62, 0.92), (0.34, 0.45), (0.52, 0.72), (0.8, 0.92), (0.2, 0.3), (0.3, 0.4), "nose", (0.08, 0.12),
    (0.19, 0.27), "long", slit=0.7, whiskers=0.9, cheeks=(0.0, 0.2),
)  # fmt: skip

OTHERS: dict[str, Kind] = {
    "dog": Kind(
        "flop", (0.8, 1.3), (0.24, 0.4), (0.8, 1.05), (0.9, 1.12), (0.42, 0.66), (0.3, 0.46), "nose", (0.17, 0.24),
        (0.12, 0.18), "short",
    ),
    "shepherd": Kind(
        "pointed", (0.75, 1.05), (0.24, 0.33), (0.4, 0.6), (0.98, 1.15), (0.5, 0.75), (0.26, 0.36), "nose",
        (0.15, 0.2), (0.12, 0.17), "bushy",
    ),
    "fox": Kind(
        "pointed", (0.9, 1.2), (0.3, 0.4), (0.5, 0.7), (0.8, 0.95), (0.6, 0.8), (0.16, 0.24), "nose", (0.11, 0.15),
        (0.12, 0.18), "bushy", slit=0.3, whiskers=0.3, cheeks=(0.25, 0.45),
    ),
    "rabbit": Kind(
        "long", (1.3, 2.0), (0.2, 0.28), (0.15, 0.4), (0.95, 1.1), (0.22, 0.34), (0.26, 0.36), "nose", (0.07, 0.11),
        (0.15, 0.22), "short", whiskers=0.8,
    ),
    "bear": Kind(
        "round", (0.28, 0.4), (0.28, 0.4), (0.7, 0.9), (0.88, 1.0), (0.35, 0.5), (0.34, 0.48), "nose", (0.15, 0.22),
        (0.09, 0.14), "none",
    ),
    "mouse": Kind(
        "round", (0.5, 0.7), (0.5, 0.65), (0.75, 0.95), (0.85, 1.0), (0.35, 0.55), (0.2, 0.3), "button", (0.08, 0.13),
        (0.12, 0.2), "long", whiskers=0.85,
    ),
    "pig": Kind(
        "fold", (0.5, 0.75), (0.26, 0.36), (0.5, 0.7), (0.85, 1.0), (0.25, 0.35), (0.3, 0.4), "disc", (0.3, 0.4),
        (0.1, 0.15), "curl", cheeks=(0.05, 0.2),
    ),
    "bird": Kind(
        "none", (0.1, 0.2), (0.1, 0.2), (0.4, 0.6), (0.9, 1.05), (0.0, 0.1), (0.1, 0.2), "beak", (0.17, 0.26),
        (0.15, 0.26), "short", wings=True,
    ),
    "owl": Kind(
        "pointed", (0.45, 0.65), (0.18, 0.27), (0.5, 0.7), (0.85, 1.0), (0.0, 0.1), (0.1, 0.2), "beak", (0.13, 0.2),
        (0.24, 0.34), "none", slit=0.2, wings=True,
    ),
}  # fmt: skip
