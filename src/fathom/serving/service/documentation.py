"""What the OpenAPI document says of a run: what can be sent, with examples of this very run, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fathom.serving.service.request_body import Accepts
from fathom.serving.service.transcription import By

if TYPE_CHECKING:
    from fathom.serving.service.service import Served, Service

NOTES = {
    "type": "array",
    "items": {"type": "string"},
    "description": "What was guessed, replaced or left out to read what was sent.",
}
ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "One sentence that says why."},
        "predictions": {"type": "array", "description": "Where several inputs were sent, the reason of each."},
        "notes": NOTES,
    },
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
        "notes": NOTES,
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
                },
                "notes": NOTES,
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
    answered = {"description": "An answer, or a list of them.", "content": {"application/json": {"schema": ANSWER}}}
    return {
        "summary": f"Ask {one.name} ({one.net.task}): one {one.net.accepts}, or several",
        "responses": {200: answered, **_refusals()},
        "openapi_extra": {"requestBody": {"required": True, "content": _content(one)}},
    }


def _refusals() -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": said, "content": {"application/json": {"schema": ERROR}}}
        for status, said in _STATUSES.items()
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
            _one_input(item),
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


def documented_generation(one: Served) -> dict[str, Any]:
    """What `fastapi.FastAPI.add_api_route` is told of ``/generate``.

    Args:
        one: a run that writes text, or plays.
    """
    prompt: dict[str, Any] = {"type": "string", "description": "How it begins."}
    if one.net.generates == "music":
        prompt = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
    properties = {
        "prompt": prompt,
        "temperature": {"type": "number", "minimum": 0, "maximum": 10},
        "length": {"type": "integer", "minimum": 1, "maximum": one.limits.tokens},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    }
    if one.net.generates == "text":
        properties["top_k"] = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
        properties["top_p"] = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    body = {"schema": schema, "example": {"length": 40, "seed": 1}}
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "summary": f"Let {one.name} write on ({one.net.task}), in parts as they come",
        "responses": {200: {"description": "What it writes.", "content": text}, **_refusals()},
        "openapi_extra": {"requestBody": {"content": {"application/json": body}}},
    }


def documented_transcription(one: Served) -> dict[str, Any]:
    """What `fastapi.FastAPI.add_api_route` is told of ``/transcribe``.

    Args:
        one: a run that recognizes speech.
    """
    number, text = {"type": "number"}, {"type": "string"}
    parts = {"type": "object", "properties": {"start": number, "end": number, "text": text}}
    whole = {"type": "object", "properties": {"input": text, "text": text, "seconds": number}}
    late = {"type": "object", "properties": {"error": text}}
    lines = {"application/x-ndjson": {"schema": {"anyOf": [parts, whole, late]}}}
    told = "A line of JSON for each part as soon as it is written down; the last line is the whole, or says why not."
    by = {
        "name": "by", "in": "query", "description": "The run, or the packaged Whisper (English).",
        "schema": {"type": "string", "enum": list(By), "default": By.RUN},
    }  # fmt: skip
    one_file = {**_content(one), "application/json": {"schema": _one_input(_item(one.net.accepts))}}
    one_file["multipart/form-data"] = {
        "schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
    }
    return {
        "summary": f"Let {one.name} write down a recording of up to {one.limits.seconds:,} s, line by line with times",
        "responses": {200: {"description": told, "content": lines}, **_refusals()},
        "openapi_extra": {"parameters": [by], "requestBody": {"required": True, "content": one_file}},
    }


def _one_input(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"input": item}, "required": ["input"], "additionalProperties": False}


def with_examples(document: dict[str, Any], service: Service) -> dict[str, Any]:
    """The document, with an input of each run and what the run answers to it.

    Args:
        document: as FastAPI wrote it; it is changed.
        service: the runs.
    """
    document.get("components", {}).get("schemas", {}).clear()
    for path, operations in document["paths"].items():
        responses = operations.get("post", operations.get("get", {})).get("responses", {})
        responses.pop("422", None) if "get" in operations else None
        name, _, verb = path.strip("/").rpartition("/")
        one = service.served.get(name) or (next(iter(service.served.values())) if verb == "predict" else None)
        if verb != "predict" or one is None or one.example is None:
            continue
        given, answer = one.example
        operations["post"]["requestBody"]["content"]["application/json"]["examples"] = {
            "one": {"summary": "One input", "value": {"input": given}},
            "several": {"summary": "Several inputs", "value": {"inputs": [given, given]}},
        }
        responses["200"]["content"]["application/json"]["examples"] = {"one": {"value": answer}}
    return document
