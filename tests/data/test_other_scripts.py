"""Text files in the encodings that Windows and spreadsheets write where the script is not Latin."""

import pytest

from fathom.data.decoding import decode
from fathom.data.source import resolve
from fathom.records import Settings
from fathom.tasks.text.classification import TextClassification

TEXTS = {
    "cp1251": "мне очень понравился этот фильм,да\nужасный сюжет и плохие актёры,нет\n",
    "koi8_r": "мне очень понравился этот фильм,да\nужасный сюжет и плохие актёры,нет\n" * 9,
    "gb18030": "这部电影非常好看,好\n情节很糟糕演员也不好,坏\n",
    "big5": "這部電影非常好看,好\n情節很糟糕演員也不好,壞\n",
    "shift_jis": "この映画はとても面白かった,良い\n話がひどくて俳優も悪い,悪い\n",
    "euc_kr": "이 영화는 정말 재미있었다,좋음\n줄거리가 형편없고 배우도 나쁘다,나쁨\n",
    "cp1253": "μου άρεσε πολύ η ταινία,ναι\nκακή πλοκή και κακοί ηθοποιοί,όχι\n",
    "cp1255": "מאוד אהבתי את הסרט הזה,כן\nעלילה גרועה ושחקנים רעים,לא\n",
    "cp1256": "أعجبني هذا الفيلم كثيرا,نعم\nقصة سيئة وممثلون سيئون,لا\n",
}
LATIN = {
    "iso8859-1": "für\nÄpfel\nöde",
    "latin-1": "das Mädchen fährt über die Straße,schön\nÄpfel öfter größer,blöd\n" * 9,
    "cp1252": "l’été dernier j’ai été très déçu,oui\n“à bientôt” – ça va,non\n" * 9,
}


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("head", ["", "id,text,label\n" + "1,2,3,4,5,6,7,8,9\n" * 50])
def test_other_scripts_are_read_and_told(encoding, head):
    text = head + TEXTS[encoding]
    found = decode(text.encode(encoding))
    assert found.text == text
    assert "not UTF-8, so read as" in found.notes[0]


@pytest.mark.parametrize("encoding", LATIN)
def test_latin_script_is_taken_for_no_other(encoding):
    found = decode(LATIN[encoding].encode(encoding))
    assert found.text == LATIN[encoding]


def test_classes_of_another_script_have_their_names(tmp_path):
    rows = [f"фильм номер {i} мне понравился,да\nсюжет {i} ужасный и скучный,нет" for i in range(40)]
    (tmp_path / "a.csv").write_bytes("\n".join(["отзыв,оценка", *rows]).encode("cp1251"))
    examples = TextClassification(Settings()).examples(resolve(str(tmp_path / "a.csv"), target="оценка"))
    assert {e.target for e in examples.items} == {"да", "нет"}
