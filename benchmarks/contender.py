"""Run one contender of one comparison in this process and print its figures as JSON, on the last line.

python -m benchmarks.contender reference-cnn lightning --seed 0 --folder /tmp/empty
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.comparison import Ask
from benchmarks.run import ROWS


def main() -> None:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("row")
    parser.add_argument("contender")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    run = ROWS[asked.row].contenders[asked.contender]
    print()
    print(json.dumps(run(Ask(asked.seed, asked.quick, asked.folder))), flush=True)


if __name__ == "__main__":
    main()
