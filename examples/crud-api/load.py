"""A scenario for Locust: people who read more than they write, and tidy up after themselves."""

import random
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from locust import HttpUser, between, task

# What an answer may be to somebody whose item another one has changed meanwhile.
_GONE: Final = (HTTPStatus.OK, HTTPStatus.NOT_FOUND)


class Shopper(HttpUser):
    """Makes a few items, reads them, changes them and takes them away."""

    wait_time = between(0.1, 0.5)

    def on_start(self) -> None:
        """Begins with nothing."""
        self.items: list[int] = []

    def on_stop(self) -> None:
        """Leaves nothing behind."""
        while self.items:
            self.delete()

    @task(6)
    def read(self) -> None:
        """Reads an item of its own, or else the list."""
        if not self.items:
            self.client.get("/items?limit=20", name="/items")
            return
        chosen = random.choice(self.items)  # noqa: S311  chance, not secrets
        self.client.get(f"/items/{chosen}", name="/items/{id}")

    @task(2)
    def create(self) -> None:
        """Makes an item."""
        body = {"name": f"load-{uuid4().hex}", "note": "made by the load test"}
        answer = self.client.post("/items", json=body, name="/items")
        if answer.status_code == HTTPStatus.CREATED:
            self.items.append(answer.json()["id"])

    @task(1)
    def change(self) -> None:
        """Changes an item of its own."""
        if self.items:
            chosen = random.choice(self.items)  # noqa: S311  chance, not secrets
            body = {"name": f"load-{uuid4().hex}", "note": "changed by the load test"}
            self.client.put(f"/items/{chosen}", json=body, name="/items/{id}")

    @task(1)
    def delete(self) -> None:
        """Takes the oldest item of its own away."""
        if self.items:
            with self.client.delete(
                f"/items/{self.items.pop(0)}", name="/items/{id}", catch_response=True
            ) as answer:
                # A creation whose answer was lost may have been followed by another one.
                if answer.status_code in (HTTPStatus.NO_CONTENT, *_GONE):
                    answer.success()
