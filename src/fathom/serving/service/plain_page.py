"""What stands at ``/`` where Gradio is not installed: what can be asked, and what to install."""

from __future__ import annotations

import html

from fathom.serving.service.service import Service

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>fathom</title>
<body style="font-family:system-ui,sans-serif;max-width:40em;margin:3em auto;padding:0 1em">
<h1>fathom</h1>{runs}<p>What can be sent stands in <a href="/openapi.json">/openapi.json</a>.</p>
<p>A page to try it at needs the extra 'demo': <code>pip install 'fathom-dl[demo]'</code></p></body></html>"""


def plain_page(service: Service) -> str:
    """The page, as HTML.

    Args:
        service: the runs.
    """
    runs = "".join(
        f"<p><b>{html.escape(name)}</b>: {html.escape(one.net.task)}; POST a {html.escape(str(one.net.accepts))} to "
        f"<code>/{html.escape(name)}/predict</code></p>"
        for name, one in service.served.items()
    )
    return _PAGE.format(runs=runs)
