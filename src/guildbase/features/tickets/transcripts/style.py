"""The look of a transcript: a chat, light or dark as its reader prefers."""

STYLE = """
:root{color-scheme:light dark;
--back:#fff;--text:#2e3338;--dim:#5c6470;--line:#e3e5e8;--box:#f2f3f5;--link:#0062b8}
@media(prefers-color-scheme:dark){:root{--back:#313338;--text:#dbdee1;--dim:#a3a6ad;--line:#45474d;--box:#2b2d31;--link:#4cb4ff}}
body{margin:0 auto;max-width:60rem;
padding:1rem;background:var(--back);color:var(--text);font:16px/1.4 system-ui,sans-serif}
header{border-bottom:1px solid var(--line);padding-bottom:1rem;margin-bottom:1rem}
h1{font-size:1.3rem;margin:0 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}
dt,time,.dim{color:var(--dim);font-size:.85rem}
dd{margin:0;overflow-wrap:anywhere}
.note{border-left:4px solid #d98200;padding:.5rem 1rem;background:var(--box)}
article{display:grid;grid-template-columns:2.5rem 1fr;gap:0 .8rem;padding:.4rem 0}
article:target{background:var(--box)}
.face{width:2.5rem;height:2.5rem;border-radius:50%;color:#fff;display:grid;place-items:center;font-weight:600}
.c0{background:#4652c4}
.c1{background:#5d6773}
.c2{background:#2a7d37}
.c3{background:#96600a}
.c4{background:#b83a36}
.c5{background:#a53c84}
.who{font-weight:600}
.tag{font-size:.7rem;border:1px solid var(--line);border-radius:3px;padding:0 .3rem;color:var(--dim)}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
.gone .text{text-decoration:line-through}
.mention{background:var(--box);border-radius:3px;padding:0 .2rem}
.spoiler{background:var(--dim);color:transparent}
.spoiler:hover{background:var(--box);color:inherit}
pre,code{background:var(--box);border-radius:3px;padding:.1rem .3rem;font-family:ui-monospace,monospace;font-size:.9em}
pre{white-space:pre-wrap;padding:.5rem}
a{color:var(--link)}
img{max-width:100%;max-height:24rem;display:block;border-radius:4px}
blockquote{margin:.3rem 0;
border-left:4px solid var(--line);background:var(--box);padding:.4rem .8rem;overflow-wrap:anywhere}
"""
