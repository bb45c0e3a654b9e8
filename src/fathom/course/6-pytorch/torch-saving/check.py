"""What must hold of saving and resuming."""

from fathom.learning.trial import Trial, prop


@prop("a snapshot holds what a run needs", trials=2)
def held(t: Trial) -> None:
    t.same("keys", int(t.rng.integers(1000)))


@prop("a run that stops and goes on takes the same steps, bit by bit", trials=8)
def resumed(t: Trial) -> None:
    stop = 1 + t.dim(4)
    says = "the run that went on took other steps than the one that never stopped"
    t.same("interrupted", int(t.rng.integers(1000)), stop, stop + 1 + t.dim(3), says=says)


@prop("a file that would run code is refused", trials=1)
def safe(t: Trial) -> None:
    t.same("refused", says="read with weights_only=True: a file must not run code")


@prop("the weights alone, for other programs", trials=3)
def shared(t: Trial) -> None:
    t.same("others", int(t.rng.integers(1000)))
