"""Reports to draw: of classes few and many, of numbers, of hostile words, and of nothing."""

from __future__ import annotations

import numpy as np

from fathom.metrics import RMSE
from fathom.records import Finding, Interval
from fathom.reporting import (
    Bin,
    Card,
    CompareData,
    ComparedRun,
    Confusion,
    ReportData,
    Scatter,
    thumbnails,
)

HOSTILE = "<script>alert('x')</script>&\"$\\frac{$ \x00\udc80"


def picture(rng: np.random.Generator, side: int = 200) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    a, b, c = rng.uniform(2, 9, 3)
    waves = np.stack([np.sin(a * x + b * y), np.cos(b * x * y + c), np.sin(c * (x - 0.5) ** 2 + a * y)], -1)
    return np.clip(128 + 90 * waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8)


def cam(side: int = 7) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - side // 2
    return np.exp(-(x**2 + (y - 1) ** 2) / 3)


def history(epochs: int = 12, start: float = 0.5) -> list[dict]:
    return [
        {
            "epoch": e,
            "train_loss": 0.9 * 0.75**e + 0.02,
            "dev_loss": 0.8 * 0.8**e + 0.1 + 0.004 * e,
            "dev_metric": start * 0.8**e + 0.03 + 0.003 * e,
            "lr": 1e-3 * np.sin(np.pi * e / (epochs + 1)),
            "seconds": 1.8,
        }
        for e in range(1, epochs + 1)
    ]


FINDINGS = (
    Finding(
        "variance",
        "problem",
        "Variance: dev error is 6.1 points above train (3.4–10.6)",
        {
            "train": Interval(0.003, 0.001, 0.009),
            "dev": Interval(0.065, 0.038, 0.11),
            "examples": ["cats/17.jpg", "dogs/3.jpg"],
        },
        "The net fits the pictures it has seen far better than those it has not: it learned some of them by heart.",
        "Augment more strongly, start from the pretrained net, or collect more pictures.",
        "bias-and-variance",
    ),
    Finding(
        "overconfident",
        "warning",
        "It is surer than it is right: calibration error 4.2 %",
        {"ece": 0.042},
        "Answers given with 99 % are right 94 times in 100.",
        "Use label smoothing or scale the temperature.",
        "calibration",
    ),
    Finding(
        "label_errors",
        "note",
        "5 labels look wrong",
        {"examples": [f"cats/{i}.jpg" for i in range(5)]},
        "The net is sure of another class.",
        "Look at them below.",
        "label-errors",
    ),
    Finding(
        "beats_baseline", "good", "It beats the best baseline by 14.5 points", {}, "The net earns its keep.", "", ""
    ),
)


HEADLINE = [
    ("dev error", "6.5 %", "3.8–11.0, 185 pictures"),
    ("train error", "0.3 %", "0.1–0.9"),
    ("best baseline", "21 %", "pretrained features, logistic regression"),
    ("trained in", "21 s", "12 epochs"),
]
SUMMARY = [
    ("data", "1,237 pictures, 2 classes   3 files could not be read: runs/photos-1/skipped.csv"),
    ("split", "train 866 · dev 185 · test 186   stratified, seed 0"),
    ("net", "small convnet, 212k weights   bf16, AdamW, one-cycle"),
    ("result", "train error 0.3 %   dev error 6.5 % (3.8–11.0)   baseline 21 %"),
]
LEVELS = [
    ("people", Interval(0.001, 0.001, 0.001)),
    ("train", Interval(0.003, 0.001, 0.009)),
    ("train-dev", Interval(0.058, 0.034, 0.095)),
    ("dev", Interval(0.065, 0.038, 0.11)),
]
GAPS = [
    ("bias", Interval(0.002, 0, 0.008)),
    ("variance", Interval(0.055, 0.03, 0.09)),
    ("mismatch", Interval(0.007, -0.03, 0.044)),
]
BASELINES = [
    ("majority class", Interval(0.49, 0.42, 0.56), 0.0),
    ("pretrained features, logistic regression", Interval(0.21, 0.16, 0.27), 6.4),
]
SETTINGS = {
    "net": "small",
    "epochs": 12,
    "optimizer": "adamw",
    "lr": 0.001,
    "warmup": 0.1,
    "seed": 0,
    "device": "cpu",
    "grad_clip": 0.0,
    "dropout": None,
    "options": {"size": 96, "augment": {"flip": True, "crop": 0.8}},
    "data": {"fingerprint": "9f3a21c0"},
}


def worst_cards(rng: np.random.Generator, names: list[str], cards: int) -> list[Card]:
    worst = []
    for i in range(cards):
        shot = picture(rng)
        worst.append(
            Card(
                f"{names[i % len(names)]}/{i:04}.jpg",
                thumbnails.png(shot),
                thumbnails.overlay_heat(shot, cam()),
                {},
                names[i % len(names)],
                names[(i + 1) % len(names)],
                0.99 - 0.015 * i,
                4.6 - 0.1 * i,
                "perhaps mislabelled" if i == 2 else "",
            )
        )
    return worst


def classification(names: list[str], cards: int = 24) -> ReportData:
    rng = np.random.default_rng(0)
    k = len(names)
    counts = rng.poisson(1.2, (k, k)) + np.diag(rng.integers(60, 110, k))
    worst = worst_cards(rng, names, cards)
    return ReportData(
        title="photos",
        headline=HEADLINE,
        summary=SUMMARY,
        findings=FINDINGS,
        levels=LEVELS,
        gaps=GAPS,
        limits="Variance limits it: dev is 6.1 points above train (3.4–10.6).",
        history=history(),
        confusion=Confusion(names, counts),
        calibration=[
            Bin(c, c - 0.08 * (c > 0.7) + 0.03 * (c < 0.6), n)
            for c, n in [(0.55, 9), (0.65, 12), (0.75, 20), (0.85, 34), (0.97, 110)]
        ],
        per_class=[
            (name, Interval(0.02 + 0.01 * i, 0.01 + 0.005 * i, 0.05 + 0.02 * i), 90 + i) for i, name in enumerate(names)
        ],
        worst=worst,
        baselines=BASELINES,
        settings=SETTINGS,
        repeat=["fathom train photos/ --recipe runs/photos-1/recipe.json", "fathom report runs/photos-1"],
        versions={"fathom": "0.1", "torch": "2.10", "python": "3.12"},
    )


def regression() -> ReportData:
    rng = np.random.default_rng(1)
    truth = rng.gamma(3, 60, 1500)
    return ReportData(
        title="houses.csv",
        metric=RMSE,
        headline=[("dev rmse", "41.2", "38.9–43.8")],
        levels=[("train", Interval(36.2, 35, 37.5)), ("dev", Interval(41.2, 38.9, 43.8))],
        gaps=[],
        history=history(40, 60),
        scatter=Scatter(truth, truth * 0.95 + rng.normal(0, 25, 1500)),
        worst=[
            Card(
                f"row {i}",
                fields={"area": 120.5 + i, "rooms": 5, "town": "Ulm"},
                target=310.0,
                prediction=150.25,
                loss=9.1,
            )
            for i in range(6)
        ],
        per_class=(),
        baselines=[("mean", Interval(102.0, 98, 107), 0.0)],
    )


def compared() -> CompareData:
    return CompareData(
        [
            ComparedRun(
                "runs/photos-1",
                Interval(0.065, 0.038, 0.11),
                None,
                "small convnet",
                21,
                history(),
                {"net": "small", "lr": 1e-3, "o": {"size": 96}},
            ),
            ComparedRun(
                "runs/photos-2",
                Interval(0.032, 0.015, 0.066),
                Interval(-0.033, -0.06, -0.008),
                "efficientnet",
                185,
                history(12, 0.3),
                {"net": "efficientnet", "lr": 3e-4, "o": {"size": 96}},
            ),
            ComparedRun(HOSTILE, None, None, "", None, [], {"net": "small", "lr": 1e-3, "o": {"size": 64}}),
        ]
    )


REPORTS = {
    "two": lambda: classification(["cat", "dog"]),
    "ten": lambda: classification([f"class {i}" for i in range(10)]),
    "many": lambda: classification([f"quite a long name of a class {i}" for i in range(40)], 2),
    "regression": regression,
    "minimal": lambda: ReportData("nothing"),
    "one epoch": lambda: ReportData("short", history=[{"epoch": 1, "train_loss": 0.5, "dev_loss": float("nan")}]),
}
