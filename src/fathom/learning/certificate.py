"""What was solved, as a page that can be checked: when, with how many attempts, signed by a key of the learner's own.

The page is complete in itself. Its last line holds an Ed25519 signature (Bernstein et al. 2012, "High-speed
high-security signatures") of all that stands before it, so that any other change is noticed. The key is made once and
kept in the course's folder, readable by its owner alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fathom.errors import MissingExtra, UserError
from fathom.learning import projects
from fathom.learning.course import Exercise, exercises
from fathom.learning.workspace import Workspace
from fathom.version import __version__

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = "certificate.key"
"""In the course's folder: the private key, as PEM."""
PAGE = "certificate.html"
LARGEST = 5_000_000
"""Bytes of a page that are read."""
LAST = re.compile(rb"<!-- fathom-signature key=([\w+/=]{44}) signature=([\w+/=]{88}) -->\s*\Z")
RECORD = re.compile(r'<script type="application/json" id="record">(.*?)</script>', re.S)


@dataclass(frozen=True)
class Verified:
    """What a page turned out to be.

    Attributes:
        genuine: whether nothing was changed since it was signed.
        why: what is wrong with it; "" where it is genuine.
        key: the fingerprint of the key that signed it; "" where there is none.
        record: what it says, as `record_of` makes it.
    """

    genuine: bool
    why: str
    key: str = ""
    record: Mapping[str, Any] | None = None


def record_of(workspace: Workspace, name: str = "") -> dict[str, Any]:
    """What was done: exercises, projects and flights, each with when and how.

    Args:
        workspace: the learner's.
        name: of the learner, as they give it.

    Raises:
        UserError: nothing is solved yet.
    """
    solved = [_exercise(workspace, one) for one in exercises() if workspace.state(one).solved is not None]
    if not solved:
        raise UserError("nothing is solved yet that could be certified: fathom learn check comes first")
    return {
        "format": 1, "fathom": __version__, "name": " ".join(name.split())[:100],
        "issued": datetime.now(UTC).isoformat(timespec="seconds"), "of": len(exercises()), "exercises": solved,
        "projects": _projects(workspace), "flights": _flights(workspace),
    }  # fmt: skip


def write(workspace: Workspace, path: Path, name: str = "") -> dict[str, Any]:
    """Write the signed page, and return what it says.

    Args:
        workspace: the learner's.
        path: of the page.
        name: of the learner.

    Raises:
        MissingExtra: nothing is installed that could sign.
        UserError: nothing is solved, the key cannot be used, or the page cannot be written.
    """
    record = record_of(workspace, name)
    key = key_of(workspace.folder)
    public = key.public_key().public_bytes_raw()
    record["key"] = fingerprint(public)
    body = _page(record).encode("utf-8")
    last = f"<!-- fathom-signature key={_text(public)} signature={_text(key.sign(body))} -->\n"
    try:
        path.write_bytes(body + last.encode("ascii"))
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): give another file by `out`") from None
    return record


def verify(path: Path) -> Verified:
    """Whether a page is as it was signed.

    Raises:
        MissingExtra: nothing is installed that could check a signature.
        UserError: it cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path} is no certificate of fathom's: it is far larger than one")
        raw = path.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    found = LAST.search(raw)
    if found is None:
        return Verified(False, "it holds no signature: it is no certificate of fathom's, or its last line was changed")
    from_page, public = raw[: found.start()], base64.b64decode(found[1])
    if not _signed(public, base64.b64decode(found[2]), from_page):
        return Verified(
            False, "its signature does not fit: the page was changed after it was signed", fingerprint(public)
        )
    told = RECORD.search(from_page.decode("utf-8", "replace"))
    try:
        record = json.loads(told[1]) if told else {}
    except ValueError:
        record = {}
    if not isinstance(record, dict) or record.get("key") != fingerprint(public):
        return Verified(False, "it names another key than that which signed it", fingerprint(public))
    return Verified(True, "", fingerprint(public), record)


def key_of(folder: Path) -> Ed25519PrivateKey:
    """The learner's own key, which is made where there is none yet, with the right to read it for its owner alone.

    Raises:
        MissingExtra: nothing is installed that could sign.
        UserError: others may read it, or it is none.
    """
    try:
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise MissingExtra("a signed certificate", "certificate") from None
    path = folder / KEY
    try:
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            pem = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
            return made
        if path.stat().st_mode & 0o077:
            raise UserError(f"{path} can be read by others, so that anybody could sign with it: type chmod 600 {path}")
        key = form.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise UserError(f"{path} cannot be used ({error.strerror}): make the folder yours to write") from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(
            f"{path} is no key of fathom's: move it away, and a new one is made; old pages keep the old key"
        )
    return key


def own(folder: Path) -> str:
    """The fingerprint of the key in a folder; "" where there is none."""
    return fingerprint(key_of(folder).public_key().public_bytes_raw()) if (folder / KEY).exists() else ""


def fingerprint(public: bytes) -> str:
    """A public key of 32 bytes in short, ``4f1c 09ab …``: the first 16 bytes of its SHA-256."""
    text = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(text[i : i + 4] for i in range(0, 32, 4))


def _signed(public: bytes, signature: bytes, what: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise MissingExtra("checking a signature", "certificate") from None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, what)
    except (InvalidSignature, ValueError):
        return False
    return True


def _exercise(workspace: Workspace, one: Exercise) -> dict[str, Any]:
    """One that is solved: when, and by how many different attempts, the right one counted."""
    state, codes = workspace.state(one), []
    for event in workspace.progress.events:
        if event.get("exercise") == one.name and event["event"] == "checked":
            codes.append(event.get("code"))
            if event.get("passed"):
                break
    shown = [e["time"] for e in workspace.progress.events if e.get("exercise") == one.name and e["event"] == "shown"]
    solved = state.solved.isoformat(timespec="seconds") if state.solved else ""
    return {
        "id": one.id, "name": one.name, "title": one.title, "solved": solved, "attempts": len(set(codes)),
        "hints": state.hints, "solution_seen_before": bool(shown and min(shown) < solved), "reviews": state.reviewed,
        "stale": state.stale(one),
    }  # fmt: skip


def _projects(workspace: Workspace) -> list[dict[str, Any]]:
    """Each project that was passed: the first time, and the figures that its check told then."""
    found = []
    for project in projects.PROJECTS:
        events = [e for e in workspace.progress.events if e["event"] == "project" and e.get("project") == project.name]
        passed: Any = next((e for e in events if e.get("passed")), None)
        if passed is not None:
            figures = [str(line) for line in passed.get("figures", ())]
            found.append({"name": project.name, "title": project.title, "passed": passed["time"], "figures": figures,
                          "checks": events.index(passed) + 1})  # fmt: skip
    return found


def _flights(workspace: Workspace) -> list[dict[str, Any]]:
    events: list[Any] = [event for event in workspace.progress.events if event["event"] == "flown"]
    return [
        {"scenario": e["scenario"], "time": e["time"], "profit": e["profit"], "regret": e["regret"]} for e in events
    ]


def _page(record: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=PackageLoader("fathom.learning", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    data = json.dumps(record, ensure_ascii=True, sort_keys=True).replace("<", "\\u003c")
    return environment.get_template("certificate.html.j2").render(record=record, data=data)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
