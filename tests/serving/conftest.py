"""What needs the extra ``serve`` is left out where that is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("fastapi") and find_spec("httpx") else ["test_service*.py"]
