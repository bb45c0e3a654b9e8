"""From how many examples on a net does better than a hand-made pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.comparison import Ask, Figures


def crossing(text: str, sizes: str, net: str) -> Callable[[Ask], Figures]:
    """A net against the hand-made pipeline over growing data."""

    def plant(ask: Ask) -> Figures:
        from fathom.progress import Watcher
        from fathom.runs.data_scaling import compare_over_sizes

        seeds = 1 if ask.quick else 3
        grown = compare_over_sizes(text, sizes, Watcher(), net=net, seeds=seeds, epochs=1 if ask.quick else None)
        found: dict[str, float] = {}
        for p in grown.points:
            found |= {f"{p.size} net": p.net.value, f"{p.size} pipeline": p.pipeline.value}
            found |= {f"{p.size} low": p.difference.low, f"{p.size} high": p.difference.high}
        return found

    return plant


def crossed(figures: Mapping[str, float]) -> str:
    """Each size with both errors, and whose is lower where the interval says so."""
    told = []
    for size in (name.removesuffix(" net") for name in figures if name.endswith(" net")):
        both = f"{size}: {100 * figures[f'{size} net']:.1f} : {100 * figures[f'{size} pipeline']:.1f} %"
        better = (
            "net" if figures[f"{size} high"] < 0 else "pipeline" if figures[f"{size} low"] > 0 else "not told apart"
        )
        told.append(f"{both} ({better})")
    return ", ".join(told)
