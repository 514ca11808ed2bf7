from __future__ import annotations

from tests.simulator.conformance.applications import bearer
from tests.simulator.conformance.walk import Walk, answers


@answers("get_my_oauth2_authorization", "get_openid_connect_userinfo", "get_public_keys")
async def what_a_token_is_good_for(walk: Walk) -> None:
    allowed = bearer(walk, "identify", "openid", "email")
    assert (await walk.call("GET", "/oauth2/@me", headers=allowed))["user"]["id"] == str(walk.member.id)
    assert (await walk.call("GET", "/oauth2/userinfo", headers=allowed))["sub"] == str(walk.member.id)
    assert (await walk.call("GET", "/oauth2/keys", headers={"Authorization": ""}))["keys"] == []
