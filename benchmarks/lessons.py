"""How the lessons read: words and numbers of the prose, words of a sentence, the longest, and the grade of Flesch and Kincaid.

python -m benchmarks.lessons          all lessons
python -m benchmarks.lessons 2        those of part 2
"""

from __future__ import annotations

import sys

from fathom.learning import readability
from fathom.learning.course import exercises


def main() -> None:
    found, total = [], 0
    print(f"{'':5} {'lesson':24} {'words':>6} {'a sentence':>11} {'longest':>8} {'grade':>6}  format")
    for one in exercises():
        if sys.argv[1:] and one.id.split(".")[0] not in sys.argv[1:]:
            continue
        read = readability.reading(one.lesson)
        found.append(read)
        total += (length := readability.length(one.lesson))
        longest = max(len(readability.words(s)) for s in readability.sentences(one.lesson))
        told = "new" if readability.is_new(one.lesson) else "old"
        print(f"{one.id:5} {one.name:24} {length:6} {read.length:11.1f} {longest:8} {read.grade:6.1f}  {told}")
    a_sentence = sum(r.words for r in found) / sum(r.sentences for r in found)
    grade = sum(r.grade for r in found) / len(found)
    print(f"{'all':30} {total:6} {a_sentence:11.1f} {'':8} {grade:6.1f}")


if __name__ == "__main__":
    main()
