"""What the API answers, on a real server."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

PROBLEM = "application/problem+json"


def test_an_item_is_created_read_replaced_and_deleted(client: TestClient) -> None:
    made = client.post("/items", json={"name": "tea", "note": "grün 茶"})
    assert (made.status_code, made.headers["location"]) == (201, f"/items/{made.json()['id']}")
    place = made.headers["location"]
    assert client.get(place).json() == {"id": made.json()["id"], "name": "tea", "note": "grün 茶"}
    assert client.put(place, json={"name": "coffee"}).json()["name"] == "coffee"
    # What changes nothing is no missing item.
    assert client.put(place, json={"name": "coffee"}).status_code == 200
    assert client.get(place).json()["note"] == ""
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


def test_pages_follow_one_another_to_the_end(client: TestClient) -> None:
    for number in range(7):
        client.post("/items", json={"name": f"item {number}"}).raise_for_status()
    names: list[str] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/items", params={"after": after, "limit": 100}).json()
        assert len(page["items"]) <= 3
        names += [item["name"] for item in page["items"]]
        after = page["next_after"]
    assert names == [f"item {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/items/1", None, 404),
        ("GET", "/items/0", None, 422),
        ("GET", "/items/99999999999999999999", None, 422),
        ("GET", "/items?limit=0", None, 422),
        ("GET", "/nothing", None, 404),
        ("PATCH", "/items", None, 405),
        ("PUT", "/items/1", {"name": "x"}, 404),
        ("DELETE", "/items/1", None, 404),
        ("POST", "/items", {"name": ""}, 422),
        ("POST", "/items", {"name": "x" * 101}, 422),
        ("POST", "/items", {"name": "x", "colour": "red"}, 422),
        ("POST", "/items", None, 422),
    ],
)
def test_what_is_wrong_is_a_problem(
    client: TestClient, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status


def test_two_items_have_no_name_in_common(client: TestClient) -> None:
    client.post("/items", json={"name": "tea"}).raise_for_status()
    other = client.post("/items", json={"name": "coffee"}).headers["location"]
    for answer in (
        client.post("/items", json={"name": "tea"}),
        client.put(other, json={"name": "tea"}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)


def test_text_is_never_read_as_sql(client: TestClient) -> None:
    name = "'; DROP TABLE item; -- "
    place = client.post("/items", json={"name": name}).headers["location"]
    assert client.get(place).json()["name"] == name
