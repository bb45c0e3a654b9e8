"""Words and tags in columns as people have them: CoNLL-U, lines that are damaged, tags of other schemes."""

import pytest

from fathom import tasks
from fathom.data import repairs
from fathom.data.source import resolve
from fathom.data.text.conll import read_sentences
from fathom.errors import UserError
from fathom.records import Settings

ROWS = [("1", "Vamos", "ir", "VERB", "V"), ("2", "al", "a", "ADP", "IN"), ("3", "mar", "mar", "NOUN", "NN")]
"""Number, word, lemma, UPOS and XPOS."""


def line(place, word, lemma, upos, xpos):
    return "\t".join([place, word, lemma, upos, xpos, "_", "0", "root", "_", "SpaceAfter=No"])


def universal(*sentences):
    return "\n".join("# sent_id = s\n#text\n" + "\n".join(line(*row) for row in rows) + "\n" for rows in sentences)


def read(path, text, **how):
    path.write_text(text)
    return read_sentences(resolve(str(path), **how))


@pytest.mark.parametrize("name", ["a.conllu", "a.conll"])
def test_words_and_parts_of_speech_of_conllu(tmp_path, name):
    joined = [ROWS[0], ("2-3", "almar", "_", "_", "_"), *ROWS[1:], ("3.1", "va", "ir", "VERB", "V")]
    found = read(tmp_path / name, universal(ROWS, joined))
    assert [(e.input, e.target) for e in found.items] == [(("Vamos", "al", "mar"), "VERB ADP NOUN")] * 2
    assert not found.skipped
    assert tasks.recognize(resolve(str(tmp_path / name)))[0].name == "tagging"
    assert read(tmp_path / name, universal(ROWS), target="xpos").items[0].target == "V IN NN"
    bare = [(place, word, lemma, "_", xpos) for place, word, lemma, _, xpos in ROWS]
    assert read(tmp_path / name, universal(bare)).items[0].target == "V IN NN"
    with pytest.raises(UserError, match=r"`target=pos` is no column of CoNLL-U \(did you mean upos\?\): choose one of"):
        read(tmp_path / name, universal(ROWS), target="pos")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace("\t_\t0\troot", "", 1), "line 9 has 7 columns where CoNLL-U has 10"),
        (lambda text: text.replace("2\tal", "4\tal"), "line 10 has the word 4 where 2 is expected"),
        (lambda text: text.replace("2\tal", "al\tal"), "line 10 begins with 'al'"),
        (lambda text: text.replace("ADP", "IN"), "line 10 has 'IN' in the fourth column, which is no part of speech"),
        (lambda text: text.replace("ADP", "_"), "line 10 has none"),
    ],
)
def test_a_damaged_sentence_is_named_with_its_line(tmp_path, damage, reason):
    found = read(tmp_path / "a.conllu", universal(ROWS) + "\n" + damage(universal(ROWS)))
    assert len(found.items) == 1
    assert [s.id for s in found.skipped] == ["a.conllu line 9"]
    assert reason in found.skipped[0].reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [" ", "\t", "  "])
def test_a_ragged_line_is_named(tmp_path, end, separator):
    text = end.join(["-DOCSTART- O", "", "Ann B-a", "runs O", "", "Bob B-a", "sits", "down O", "", "Eve B-a"])
    (tmp_path / "a.bio").write_bytes(text.replace(" ", separator).encode())
    found = read_sentences(resolve(str(tmp_path / "a.bio")))
    assert [e.input for e in found.items] == [("Ann", "runs"), ("Eve",)]
    assert [(s.id, s.reason) for s in found.skipped] == [
        ("a.bio line 6", "ragged (line 7 has 1 column where others have 2)")
    ]


def test_a_tag_that_is_none_of_an_entity_is_not_taken_for_o(tmp_path):
    whole = "".join(f"Ann{i} B-a\nruns O\n\n" for i in range(20))
    found = read(tmp_path / "a.conll", whole + "Bob B_a\nsits O\n")
    assert len(found.items) == 20
    assert found.skipped[0].reason == "not clear (the tag 'B_a' is neither O nor like B-person)"
    parts = read(tmp_path / "a.conll", "".join("it PRP\nS- S-bar\nruns VB\nhome NN\n\n" for _ in range(20)))
    assert parts.items[0].target == "PRP S-bar VB NN"  # parts of speech, of which one looks like an entity's


# --- sentences that no blank line parts -------------------------------------------------------------------------------


def sentences(n: int) -> list[str]:
    words = [("Ana", "B-per"), ("va", "O"), ("a", "O"), ("Vigo", "B-loc"), (".", "O")]
    return ["".join(f"{word}{i if word == 'Ana' else ''} {tag}\n" for word, tag in words) for i in range(n)]


@pytest.mark.parametrize("name", ["a.conll", "a.txt"])
def test_a_file_without_blank_lines_is_refused_with_what_to_do(tmp_path, name):
    (tmp_path / name).write_text("".join(sentences(200)))
    source = resolve(str(tmp_path / name))
    assert tasks.recognize(source)[0].name == "tagging"
    with pytest.raises(UserError, match=r"has 1 sentence, the longest of 1,000 words, since blank lines .* put one"):
        read_sentences(source)


def test_long_texts_between_others_are_told(tmp_path):
    text = "\n".join([*sentences(30), "".join(sentences(100)), "".join(sentences(60))])
    found = read(tmp_path / "a.conll", text)
    (told,) = tasks.by_name("tagging")(Settings()).findings(found)
    assert told.title.startswith("2 of 32 sentences have more than 250 words, up to 500: blank lines")
    assert told.evidence["examples"] == ["a.conll line 181", "a.conll line 682"]
    assert tasks.by_name("tagging")(Settings()).findings(read(tmp_path / "b.conll", "\n".join(sentences(30)))) == []


def test_one_long_sentence_among_few_short_ones_is_no_reason_to_refuse(tmp_path):
    assert len(read(tmp_path / "a.conll", "\n".join(sentences(8))).items) == 8


def test_conllu_sentences_without_a_blank_line_are_named(tmp_path):
    found = read(tmp_path / "a.conllu", universal(ROWS) + "\n" + "\n".join(line(*row) for row in [*ROWS, *ROWS]) + "\n")
    assert len(found.items) == 1
    assert "begins another sentence: put a blank line before it" in found.skipped[0].reason


def tagged(*tags, n=20):
    words = ("Dear", "Ann", "Lee", "of", "Oslo")
    return "\n".join("".join(f"{w}\t{t}\n" for w, t in zip(words, tags)) for _ in range(n))


@pytest.mark.parametrize(
    "tags",
    [
        ("O", "B-PER", "I-PER", "O", "B-LOC"),
        ("O", "b-PER", "i-PER", "O", "b-LOC"),
        ("o", "B_PER", "I_PER", "o", "B_LOC"),
        ("0", "B-PER", "I-PER", "0", "B-LOC"),
        ("O", "PER-B", "PER-I", "O", "LOC-B"),
        ("o", "I-PER", "I-PER", "o", "I-LOC"),
    ],
)
def test_other_ways_to_write_tags_are_entities(tmp_path, tags):
    for name in ("a.conll", "a.txt"):
        found = read(tmp_path / name, tagged(*tags))
        assert {e.target for e in found.items} == {"O B-PER I-PER O B-LOC"}
        assert tasks.recognize(resolve(str(tmp_path / name)))[0].name == "tagging"


def test_tags_that_are_no_entities_are_left_as_they_are(tmp_path):
    for tags in (("X", "NOUN", "NOUN", "ADP", "NOUN"), ("o", "per", "per", "o", "loc"), ("X", "b-1", "i-1", "y", "b")):
        assert {e.target for e in read(tmp_path / "a.conll", tagged(*tags)).items} == {" ".join(tags)}


def test_tags_in_the_first_column(tmp_path):
    text = "\n".join(f"O\tDear\nB-PER\tAnn{i}\nI-PER\tLee\nO\tof\nB-LOC\tOslo\n" for i in range(20))
    with repairs.collected() as told:
        found = read(tmp_path / "a.conll", text)
    assert found.items[3].input == ("Dear", "Ann3", "Lee", "of", "Oslo")
    assert {e.target for e in found.items} == {"O B-PER I-PER O B-LOC"}
    assert "the first column has the tags" in told[0]
