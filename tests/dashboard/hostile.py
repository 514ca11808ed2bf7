"""Texts that would run as a script, if a page took any of them for more than text."""

from __future__ import annotations

SCRIPTS = (
    "<script>stolen=1</script>",
    "<ScRiPt>stolen=1</sCrIpT>",
    "</title><script>stolen=1</script>",
    "</script><script>stolen=1</script>",
    "<img src=x onerror=stolen=1>",
    '<img src=x onerror="stolen=1">',
    "<img src=x onerror=stolen=1//",
    "<svg onload=stolen=1>",
    "<svg/onload=stolen=1>",
    "<svg><script>stolen=1</script></svg>",
    "<svg><animate onbegin=stolen=1 attributeName=x dur=1s>",
    "<iframe srcdoc='<script>parent.stolen=1</script>'>",
    "<iframe src=javascript:parent.stolen=1>",
    "<a href=javascript:stolen=1>click</a>",
    "<a href='java\tscript:stolen=1'>click</a>",
    "[click](javascript:stolen=1)",
    "<details open ontoggle=stolen=1>",
    "<input autofocus onfocus=stolen=1>",
    "<video src=x onerror=stolen=1>",
    "<body onload=stolen=1>",
    "<object data=javascript:stolen=1>",
    "<math><mi xlink:href=javascript:stolen=1>x</mi></math>",
    "<style>@import 'javascript:stolen=1'</style>",
    "<base href=javascript:stolen=1//>",
    "<meta http-equiv=refresh content=0;url=javascript:stolen=1>",
    "<form action=javascript:stolen=1><button autofocus>",
    '"><img src=x onerror=stolen=1>',
    "'-(stolen=1)-'",
    "${stolen=1}{{constructor.constructor('stolen=1')()}}",
    "&lt;img src=x onerror=stolen=1&gt;",
)
ESCAPED = """() => window.stolen === undefined && !document.querySelector(
    "[onerror], [onload], [onbegin], [onfocus], [ontoggle], [srcdoc], body [href^='javascript:' i], iframe, base")"""
"""Asks a page whether all of them stayed text."""
