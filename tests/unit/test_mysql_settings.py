"""The section mysql: what it takes, and what is refused by name."""

from typing import Any, Final

import pytest
from test_settings import ABSENT, DEV, changed, load, mistakes

MYSQL: Final = "eks-platform:mysql"
WORDPRESS: Final = "eks-platform:wordpress"
ZONES: Final = [f"ap-northeast-2{letter}" for letter in "abc"]
TLS: Final = {"secret": "a", "caSecret": "b", "routerSecret": "c"}


def with_mysql(section: dict[str, Any], *, zones: list[str] = ZONES) -> Any:
    return changed("mysql", section, changed("network/zones", zones, changed("secrets", {}, DEV)))


@pytest.mark.parametrize(
    "section",
    [
        {},
        {"instances": 9, "routers": 20, "memoryRequest": "1Gi"},
        {"tls": TLS},
        *(
            {"backup": {"schedule": text}}
            for text in ("@daily", "*/5 0-6 * jan mon-fri", "0 2,4 1 * *")
        ),
        {"reclaimPolicy": "Delete", "deletionProtection": False, "backup": {"onDestroy": "delete"}},
    ],
    ids=str,
)
def test_what_it_takes_loads(section: dict[str, Any]) -> None:
    assert load(with_mysql(section)).mysql is not None


MISTAKES: Final = [
    ({"instances": 4}, f"{MYSQL}.instances", "3, 5, 7 or 9", "got 4"),
    ({"instances": 1}, f"{MYSQL}.instances", "3, 5, 7 or 9", "got 1"),
    ({"routers": 1}, f"{MYSQL}.routers", "at least 2"),
    ({"volumeGiB": 0}, f"{MYSQL}.volumeGiB", "at least 1"),
    ({"memoryRequest": "512Mi"}, f"{MYSQL}.memoryRequest", "at least 1024Mi", "'512Mi'"),
    ({"cpuRequest": "fast"}, f"{MYSQL}.cpuRequest", "must be CPU time"),
    ({"reclaimPolicy": "Recycle"}, f"{MYSQL}.reclaimPolicy", "'Retain' or 'Delete'"),
    ({"tls": {"secret": "a"}}, f"{MYSQL}.tls.caSecret", "is required"),
    ({"tls": {**TLS, "secret": "A b"}}, f"{MYSQL}.tls.secret", "the name of a Secret"),
    ({"backup": {"schedule": "nightly"}}, f"{MYSQL}.backup.schedule", "as cron has it"),
    ({"backup": {"schedule": "0 2 * *"}}, f"{MYSQL}.backup.schedule", "as cron has it"),
    ({"backup": {"retentionDays": 0}}, f"{MYSQL}.backup.retentionDays", "at least 1"),
    ({"backup": {"onDestroy": "ask"}}, f"{MYSQL}.backup.onDestroy", "'keep' or 'delete'"),
    ({"storageClass": "nfs-csi"}, f"{MYSQL}.storageClass", "must be gp3", "on NFS"),
    ({"allowTwoZones": True}, f"{MYSQL}.allowTwoZones", "has no effect with 3 zones"),
]


@pytest.mark.parametrize(("section", "key", "fragments"), [(a, b, c) for a, b, *c in MISTAKES])
def test_a_mistake_is_said_with_its_key(
    section: dict[str, Any], key: str, fragments: list[str]
) -> None:
    lines = mistakes(with_mysql(section))

    assert all(any(words in line for line in lines) for words in fragments), lines
    assert any(line.startswith(f"{key}: ") for line in lines), lines


@pytest.mark.parametrize(("instances", "fullest"), [(3, 2), (5, 3), (9, 5)])
def test_two_zones_are_refused_unless_they_are_wanted(instances: int, fullest: int) -> None:
    section = {"instances": instances}
    (line,) = mistakes(with_mysql(section, zones=ZONES[:2]))

    assert line.startswith(f"{MYSQL}.instances: ")
    assert f"one zone has {fullest} of them" in line
    assert load(with_mysql({**section, "allowTwoZones": True}, zones=ZONES[:2])).mysql


def test_it_needs_secrets() -> None:
    (line,) = mistakes(changed("secrets", ABSENT, with_mysql({})))

    assert line.startswith(f"{MYSQL}: ")
    assert "needs the section secrets" in line


@pytest.mark.parametrize(
    "mirrors", [{}, {"docker.io": "111122223333.dkr.ecr.eu-west-1.amazonaws.com"}]
)
def test_nodes_without_the_internet_need_copies_of_its_images(mirrors: dict[str, str]) -> None:
    sections = changed("network/nat", "none", with_mysql({}))
    lines = mistakes(changed("imageMirrors", mirrors, sections))

    assert any("container-registry.oracle.com" in line for line in lines), lines


@pytest.mark.parametrize(
    ("wordpress", "key", "words"),
    [
        ({"database": "mysql"}, "database", "needs the section mysql"),
        ({"database": "rds"}, "database", "'own' or 'mysql'"),
        ({"database": "mysql", "databaseGiB": 5}, "databaseGiB", "is for database own"),
    ],
)
def test_wordpress_has_its_database_where_there_is_one(
    wordpress: dict[str, Any], key: str, words: str
) -> None:
    lines = mistakes(changed("wordpress", wordpress, DEV))

    assert any(line.startswith(f"{WORDPRESS}.{key}: ") and words in line for line in lines), lines


@pytest.mark.parametrize("name", ["mysql", "mysql-operator"])
def test_its_namespaces_are_taken(name: str) -> None:
    lines = mistakes(changed("apps", {name: {}}, with_mysql({})))

    assert any("is that of the section mysql" in line for line in lines), lines
