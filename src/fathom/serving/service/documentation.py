"""What the OpenAPI document says of a run: what can be sent, with examples of this very run, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fathom.serving.service.request_body import Accepts

if TYPE_CHECKING:
    from fathom.serving.service.service import Served

ERROR = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "One sentence that says why."}},
    "required": ["error"],
}
RECORD = {
    "type": "object",
    "properties": {
        "input": {"type": "string", "description": "What the input is called."},
        "prediction": {"description": "A class, a number, or a text."},
        "confidence": {"type": ["number", "null"], "description": "The probability that the net gives to it."},
        "scores": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
        "doubts": {"type": "array", "items": {"type": "string"}, "description": "What could not be used as it stands."},
    },
    "required": ["input", "prediction", "confidence", "scores"],
}
ANSWER = {
    "anyOf": [
        RECORD,
        {
            "type": "object",
            "properties": {
                "predictions": {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            RECORD,
                            {
                                "type": "object",
                                "properties": {"input": {"type": "string"}, "error": {"type": "string"}},
                                "required": ["input", "error"],
                            },
                        ]
                    },
                }
            },
            "required": ["predictions"],
        },
    ]
}
_STATUSES = {
    400: "The body cannot be parsed.", 401: "The key is missing or wrong.", 403: "The request comes from another page.",
    408: "The body came too slowly.", 413: "It is more than is answered.", 415: "Bodies of this type are not read.",
    421: "The server does not go by that name.", 422: "The input is none that the run could answer.",
    503: "The server is busy: come again after the seconds in Retry-After.",
}  # fmt: skip
_FILE = {"type": "string", "format": "binary"}


def documented(one: Served) -> dict[str, Any]:
    """What `fastapi.FastAPI.add_api_route` is told of ``/predict``.

    Args:
        one: the run.
    """
    refusals = {
        status: {"description": said, "content": {"application/json": {"schema": ERROR}}}
        for status, said in _STATUSES.items()
    }
    answered = {"description": "An answer, or a list of them.", "content": {"application/json": {"schema": ANSWER}}}
    return {
        "summary": f"Ask {one.name} ({one.net.task}): one {one.net.accepts}, or several",
        "responses": {200: answered, **refusals},
        "openapi_extra": {"requestBody": {"required": True, "content": _content(one)}},
    }


def _content(one: Served) -> dict[str, Any]:
    accepts = one.net.accepts
    item = _item(accepts)
    form = {
        "type": "object",
        "properties": {"file": {"anyOf": [_FILE, {"type": "array", "items": _FILE}]}},
        "required": ["file"],
    }
    asked = {
        "oneOf": [
            {"type": "object", "properties": {"input": item}, "required": ["input"], "additionalProperties": False},
            {
                "type": "object",
                "properties": {"inputs": {"type": "array", "items": item, "minItems": 1}},
                "required": ["inputs"],
                "additionalProperties": False,
            },
        ]
    }
    content: dict[str, Any] = {"application/json": {"schema": asked}, "multipart/form-data": {"schema": form}}
    match accepts:
        case Accepts.PICTURE:
            content["image/png"] = content["image/jpeg"] = {"schema": _FILE}
        case Accepts.RECORDING:
            content["audio/wav"] = content["audio/flac"] = {"schema": _FILE}
        case Accepts.ROW:
            content["text/csv"] = {"schema": {"type": "string"}}
        case Accepts.TEXT:
            content["text/plain"] = {"schema": {"type": "string", "minLength": 1}}
        case Accepts.PIECE:
            content["audio/midi"] = {"schema": _FILE}
    return content


def _item(accepts: Accepts) -> dict[str, Any]:
    """One input in JSON."""
    match accepts:
        case Accepts.PICTURE | Accepts.RECORDING:
            return {"type": "string", "contentEncoding": "base64", "description": f"The bytes of a {accepts}."}
        case Accepts.ROW:
            return {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
        case Accepts.PIECE:
            return {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "minItems": 1}
    return {"type": "string", "minLength": 1}
