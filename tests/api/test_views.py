"""Named views: one's own, shared ones, and who may remove them."""

from __future__ import annotations

from tests.api.conftest import Api

HERE = "/inbox?cause=promotion&region=HB%2CNI&min_money=1000"


def names(api: Api) -> list[str]:
    return [v["name"] for v in api.get("/api/views")["items"]]


def test_a_view_is_ones_own_unless_it_is_shared(viewer: Api, analyst: Api) -> None:
    saved = viewer.post("/api/views", {"name": "Promotions", "query": HERE}).json()
    assert (saved["query"], saved["owner"]) == (HERE, "vera")
    assert viewer.post("/api/views", {"name": "All see it", "query": HERE, "is_shared": True}).status_code == 403
    analyst.post("/api/views", {"name": "a morning", "query": "/inbox", "is_shared": True})
    assert names(viewer) == ["a morning", "Promotions"]
    assert names(analyst) == ["a morning"]


def test_the_same_name_is_saved_anew(viewer: Api) -> None:
    first = viewer.post("/api/views", {"name": "Twice", "query": "/inbox"}).json()
    second = viewer.post("/api/views", {"name": "Twice", "query": "/reports?q=a"}).json()
    assert first["view_id"] == second["view_id"]
    (found,) = [v for v in viewer.get("/api/views")["items"] if v["name"] == "Twice"]
    assert found["query"] == "/reports?q=a"


def test_only_its_owner_or_a_manager_removes_it(viewer: Api, analyst: Api, manager: Api) -> None:
    shared = analyst.post("/api/views", {"name": "Shared", "query": "/inbox", "is_shared": True}).json()
    own = viewer.post("/api/views", {"name": "Own", "query": "/inbox"}).json()
    assert viewer.send("DELETE", f"/api/views/{shared['view_id']}").status_code == 403
    assert analyst.send("DELETE", f"/api/views/{own['view_id']}").status_code == 404
    assert manager.send("DELETE", f"/api/views/{shared['view_id']}").status_code == 200
    assert viewer.send("DELETE", f"/api/views/{own['view_id']}").status_code == 200
    assert not {"Shared", "Own"} & set(names(viewer))


def test_a_view_is_a_place_of_the_page(viewer: Api) -> None:
    for elsewhere in ("https://example.com/", "//example.com", "/inbox?q=a b", "/inbox#x", "javascript:alert(1)"):
        assert viewer.post("/api/views", {"name": "Bad", "query": elsewhere}).status_code == 422
