"""``python -m fathom`` is ``fathom``: signals are listened to before anything heavy is loaded."""

from fathom.interrupts import interrupts


def main() -> None:
    """Run the command line."""
    interrupts.watch()
    from fathom.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
