"""The HTML of the consent page. It needs no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from string import Template

from guildbase.simulator import permissions
from guildbase.simulator.consent.request import AuthorizationRequest
from guildbase.simulator.world.entities import Guild, User
from guildbase.simulator.world.state import World

_SCOPE_TEXTS = {
    "identify": "Know your user name and picture",
    "email": "Know your email address",
    "connections": "Know your accounts elsewhere",
    "guilds": "Know what servers you are in",
    "guilds.join": "Join servers for you",
    "guilds.members.read": "Read your roles and nickname in your servers",
    "openid": "Sign you in",
    "applications.commands": "Create commands",
    "applications.commands.permissions.update": "Change who may use its commands in your servers",
    "applications.entitlements": "Know what you have bought from it",
    "role_connections.write": "Link your account to roles",
}
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style nonce="$nonce">
:root { color-scheme: light dark; --back: #dbe1e9; --card: #fdfdfe; --raised: #eef1f5; --text: #1a2029;
  --dim: #4a5667; --line: #d3dae3; --main: #2f6bd0; --link: #1c5dbf; --on-main: #fff; --bad: #b3202b; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1216; --card: #1b2027; --raised: #252b35; --text: #e7eaef;
  --dim: #aab4c2; --line: #2e3643; --link: #7fb2ff; --bad: #ff8a8f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--back);
  color: var(--text); font: 1rem/1.5 Inter, system-ui, sans-serif; }
main { width: 100%; max-width: 29rem; padding: 2rem; background: var(--card); border-radius: 1rem;
  box-shadow: 0 .5rem 2rem rgb(0 0 0 / .18); }
h1 { margin: 0; font-size: 1.4rem; line-height: 1.25; text-align: center; text-wrap: balance; }
.mark { width: 4rem; height: 4rem; margin: 0 auto 1rem; display: grid; place-items: center; border-radius: 1.25rem;
  background: var(--main); color: var(--on-main); font-size: 1.75rem; font-weight: 700; }
p { margin: .5rem 0; } .dim { color: var(--dim); text-align: center; overflow-wrap: anywhere; }
h2 { margin: 1.5rem 0 .5rem; font-size: .8rem; color: var(--dim); }
ul { margin: 0; padding: 0; list-style: none; } li { padding: .35rem 0; }
.scopes li::before { content: "✓"; margin-right: .6rem; color: var(--main); font-weight: 700; }
.people { margin-top: 1.25rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
  gap: .4rem; } .people li { padding: 0; min-width: 0; }
.people a { display: flex; align-items: center; gap: .7rem; padding: .5rem .7rem; border-radius: .6rem;
  background: var(--raised); color: inherit; line-height: 1.3; text-decoration: none; overflow-wrap: anywhere; }
.people a:hover { outline: 2px solid var(--line); }
.people small { display: block; color: var(--dim); }
.face { flex: none; width: 2.25rem; height: 2.25rem; display: grid; place-items: center; border-radius: 50%;
  color: #fff; font-weight: 600; }
label { display: block; margin: 1.25rem 0 .35rem; font-weight: 600; }
select, input { width: 100%; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); color: inherit; font: inherit; }
.acts { display: flex; gap: .75rem; margin-top: 1.75rem; }
button { flex: 1; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: .6rem; background: none;
  color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.main { border-color: var(--main); background: var(--main); color: var(--on-main); }
$faces
a { color: var(--link); } :focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.bad { color: var(--bad); text-align: center; }
</style>
</head>
<body><main>$content</main></body>
</html>
""")
# The hues of the chat page, so that a person looks the same on both.
_HUES = (212, 168, 24, 338, 262, 190, 46, 130, 290, 8)
_FACES = "\n".join(f".hue{number} {{ background: hsl({hue} 46% 35%); }}" for number, hue in enumerate(_HUES))
_CONSENT = Template("""
<div class="mark" aria-hidden="true">$initial</div>
<h1>$app wants to access your account</h1>
<p class="dim">You are <b>$person</b> ($username). <a href="$switch">Be someone else</a></p>
$problem
<form method="post" action="$here">
<input type="hidden" name="seal" value="$seal"><input type="hidden" name="person" value="$person_id">
$scopes
$servers
<div class="acts">
<button name="decision" value="cancel">Cancel</button>
<button class="main" name="decision" value="authorize">Authorize</button>
</div>
</form>
<p class="dim">$where</p>
""")
_PEOPLE = Template("""
<div class="mark" aria-hidden="true">$initial</div>
<h1>Who are you?</h1>
<p class="dim">$app asks someone of this world for access.</p>
$problem
<ul class="people">$people</ul>
<form method="get" action="">$kept
<label for="as">Someone else</label><input id="as" name="as" placeholder="user name" autocomplete="off" required>
<div class="acts"><button>Continue</button></div>
</form>
""")
_NOTE = Template('<div class="mark" aria-hidden="true">$mark</div><h1>$title</h1><p class="dim">$text</p>')


def consent(
    world: World,
    request: AuthorizationRequest,
    person: User,
    servers: Iterable[Guild],
    *,
    here: str,
    switch: str,
    seal: str,
    nonce: str,
    problem: str = "",
) -> str:
    """Return the page that asks the person."""
    app = world.application.name
    texts = [_SCOPE_TEXTS[it] for it in request.scopes if it in _SCOPE_TEXTS]
    where = f"Afterwards you are sent to {request.redirect_uri}" if request.redirect_uri else ""
    content = _CONSENT.substitute(
        _escaped(
            initial=app[:1].upper(), app=app, person=_name(person), username=person.username,
            person_id=str(person.id), here=here,
            switch=switch, seal=seal, where=where,
        ),
        problem=_problem(problem),
        scopes=_list("This will allow it to", texts, "scopes"),
        servers=_servers(request, servers) if request.adds_bot else "",
    )  # fmt: skip
    return _page(f"Authorize {app}", content, nonce)


def people(
    world: World, shown: Iterable[tuple[User, str]], kept: Mapping[str, str], *, nonce: str, problem: str = ""
) -> str:
    """Return the page on which one picks who one is; each person comes with a link."""
    app = world.application.name
    links = (f'<li><a href="{escape(url)}">{_face(one)}</a></li>' for one, url in shown)
    hidden = (f'<input type="hidden" name="{escape(name)}" value="{escape(it)}">' for name, it in kept.items())
    content = _PEOPLE.substitute(
        _escaped(initial=app[:1].upper(), app=app),
        problem=_problem(problem),
        people="".join(links),
        kept="".join(hidden),
    )
    return _page("Who are you?", content, nonce)


def _name(one: User) -> str:
    return one.global_name or one.username


def _face(one: User) -> str:
    name = escape(_name(one))
    # Neighbouring ids differ in their upper digits; the multiplier spreads them over the colours.
    hue = (one.id >> 22) * 7 % len(_HUES)
    face = f'<span class="face hue{hue}" aria-hidden="true">{escape(_name(one)[:1].upper())}</span>'
    return f"{face}<span>{name}<small>{escape(one.username)}</small></span>"


def note(title: str, text: str, *, nonce: str, mark: str = "!") -> str:
    """Return a page that only says something."""
    return _page(title, _NOTE.substitute(_escaped(mark=mark, title=title, text=text)), nonce)


def _servers(request: AuthorizationRequest, servers: Iterable[Guild]) -> str:
    if request.guild_is_fixed and request.guild_id is not None:
        servers = [it for it in servers if it.id == request.guild_id]
    options = "".join(
        f'<option value="{it.id}"{" selected" if it.id == request.guild_id else ""}>{escape(it.name)}</option>'
        for it in servers
    )
    granted = [it.replace("_", " ").title() for it in permissions.names(request.permissions)]
    if not options:
        return '<p class="bad">You manage no server that the bot could be added to.</p>'
    return (
        f'<label for="guild">Add the bot to</label><select id="guild" name="guild" required>{options}</select>'
        f"{_list('There it may', granted, 'scopes')}"
    )


def _list(title: str, lines: list[str], kind: str) -> str:
    items = "".join(f"<li>{escape(it)}</li>" for it in lines)
    return f'<h2>{escape(title)}</h2><ul class="{kind}">{items}</ul>' if lines else ""


def _problem(text: str) -> str:
    return f'<p class="bad" role="alert">{escape(text)}</p>' if text else ""


def _escaped(**values: str) -> dict[str, str]:
    return {name: escape(value) for name, value in values.items()}


def _page(title: str, content: str, nonce: str) -> str:
    return _PAGE.substitute(title=escape(title), nonce=nonce, faces=_FACES, content=content)
