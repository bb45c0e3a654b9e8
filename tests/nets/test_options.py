import pytest

from fathom.errors import UserError
from fathom.nets import IMAGE_NETS, MLP, TABLE_NETS, VGG, options, parse_options


@pytest.mark.parametrize(
    "cls", [*IMAGE_NETS.values(), *(net for name, net in TABLE_NETS.items() if name != "boosting")]
)
def test_each_option_has_a_type_and_a_default_of_it(cls):
    found = options(cls)
    assert "dropout" in found
    assert parse_options(cls, {name: default for name, (_, default) in found.items()}) == {
        name: default for name, (_, default) in found.items()
    }


def test_options_are_read_from_text():
    assert parse_options(MLP, {"hidden": "20,7,5", "dropout": "0.5"}) == {"hidden": (20, 7, 5), "dropout": 0.5}
    assert parse_options(MLP, {"hidden": "20"}) == {"hidden": (20,)}
    assert parse_options(MLP, {"hidden": ""}) == {"hidden": ()}
    assert parse_options(MLP, {"hidden": [20, 7]}) == {"hidden": (20, 7)}
    assert parse_options(VGG, {"norm": "no", "width": "16"}) == {"norm": False, "width": 16}


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (MLP, {"width": "3"}),
        (MLP, {"hidden": "a,b"}),
        (MLP, {"hidden": None}),
        (VGG, {"norm": "perhaps"}),
        (VGG, {"width": 1.5}),
        (VGG, {"width": None}),
    ],
)
def test_what_does_not_fit_is_said_with_the_options(cls, values):
    with pytest.raises(UserError, match=r"it has dropout=0\.0, (hidden=256,128|width=32)"):
        parse_options(cls, values)
