"""``fathom serve``: trained nets that answer over HTTP.

    body ─worker process→ encoded inputs ─batcher→ net ─→ records, as ``fathom predict --json`` prints them

The event loop reads bytes and nothing else. What strangers send is parsed and decoded in worker processes, which can be
killed; the net runs in one thread, which answers what has come in together.
"""
