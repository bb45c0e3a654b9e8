"""What is fetched from the Hugging Face hub, or read from a folder in its layout.

No code of a model's author is ever run, and weights are read from safetensors alone. A run keeps the configuration, as
plain JSON, so that its net can be built again without the hub.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torch import nn

from fathom.errors import MissingExtra, UserError
from fathom.library_reasons import reason_of

PREFIX = "hf:"
"""Begins the name of such a net: ``hf:NAME`` or ``hf:FOLDER``."""
_FAULTS = (OSError, ValueError, RuntimeError, KeyError, ImportError, TypeError, AttributeError)


def hub_name(net: str | None) -> str:
    """The name on the hub, or the folder, of ``--net hf:…``; empty for other nets."""
    return (net or "").removeprefix(PREFIX) if (net or "").startswith(PREFIX) else ""


def hub_config(name: str) -> dict[str, Any]:
    """The configuration of a model.

    Raises:
        UserError: it cannot be had.
        MissingExtra: transformers is not installed.
    """
    try:
        config = transformers().AutoConfig.from_pretrained(name, trust_remote_code=False)
    except _FAULTS as error:
        raise missing_net_error(name, error) from None
    return json.loads(json.dumps(config.to_dict(), default=str))


def hub_body(config: Mapping[str, Any]) -> tuple[nn.Module, int]:
    """The model of a configuration, its weights drawn anew, and the numbers that it gives for each place.

    Raises:
        UserError: no such model can be built.
        MissingExtra: transformers is not installed.
    """
    library = transformers()
    try:
        whole = library.AutoConfig.for_model(**config)
        return library.AutoModel.from_config(whole), int(whole.hidden_size)
    except _FAULTS as error:
        raise UserError(f"the encoder cannot be built ({first_line(error)}): choose another") from None


def take_weights(body: nn.Module, name: str) -> None:
    """Take over the pretrained weights.

    Raises:
        UserError: they cannot be had.
    """
    try:
        found = transformers().AutoModel.from_pretrained(name, use_safetensors=True, trust_remote_code=False)
        body.load_state_dict(found.state_dict())
    except _FAULTS as error:
        raise missing_net_error(name, error) from None


def missing_net_error(name: str, error: Exception) -> UserError:
    """The sentence that says so."""
    return UserError(
        f"hf:{name} cannot be had ({first_line(error)}): check the name, go online, or give a folder with config.json, "
        "model.safetensors and, for texts, tokenizer.json"
    )


def first_line(error: Exception) -> str:
    """The first line of what went wrong."""
    return reason_of(error, 120)


def transformers() -> Any:
    """The library, silent.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import transformers as library
    except ImportError as error:
        raise MissingExtra("a net of the hub", "hf") from error
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    return library
