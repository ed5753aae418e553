"""What a record says of how a container runs, as Compose reads it, and what of it is refused."""

import ast
from dataclasses import fields, replace
from typing import Any

import pytest

from catalogue import model
from catalogue.model import App, Health, Image, Port, Service, Site, Ulimit, Upgrade
from tasks.stacks import compose
from tests.support.documents import blocks


def service(**more: Any) -> Service:
    return Service(
        name="web",
        image=Image(repository="docker.io/example/web", tag="1.2.3"),
        health=Health(command=("true",), start_seconds=1),
        memory_mb=64,
        user="1:1",
        **more,
    )


def written(site: Site, template: str = "", **more: Any) -> dict[str, Any]:
    """The service in the finished Compose file."""
    app = App(
        name="blog",
        purpose="A blog.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=False),
        services=(service(**more),),
    )
    finished = compose.finished(app, f"services:\n  web:\n{template}", site, site.hosts[0], "")
    return finished["services"]["web"]  # type: ignore[no-any-return]


SHOWN = (
    *(model.Service, model.Image, model.Health, model.Port, model.Metrics, model.Check, model.Ulimit),
    *(model.Database, model.Oidc, model.Claim, model.Saml, model.Route, model.Redirect, model.RateLimit),
    *(model.Secret, model.Rule, model.Volume, model.Bucket, model.Upgrade, model.Exec),
    *(model.FirstAdmin, model.Sidecar),
)
NOFILE = Ulimit(name="nofile", soft=1024, hard=65536)
FIELDS: list[tuple[dict[str, Any], str, Any]] = [
    ({"aliases": ("db", "mysql")}, "networks", {"default": {"aliases": ["db", "mysql"]}}),
    ({"hostname": "node-1"}, "hostname", "node-1"),
    # Mails are sent by a whole name (knadh/listmonk v6.2.0, docker-compose.yml).
    ({"hostname": "lists.example.org"}, "hostname", "lists.example.org"),
    ({"stop_signal": "SIGINT"}, "stop_signal", "SIGINT"),
    ({"pids_limit": 200}, "pids_limit", 200),
    ({"shm_size": "256m"}, "shm_size", "256m"),
    ({"ulimits": (NOFILE,)}, "ulimits", {"nofile": {"soft": 1024, "hard": 65536}}),
    ({"sysctls": ("net.core.somaxconn=1024",)}, "sysctls", ["net.core.somaxconn=1024"]),
    ({"init": True}, "init", True),
    ({"host_pid": True, "because": "It counts."}, "pid", "host"),
    ({"devices": ("/dev/dri:/dev/dri:rw",), "because": "It converts."}, "devices", ["/dev/dri:/dev/dri:rw"]),
    ({"host_mounts": ("/sys:/sys:ro",), "because": "It measures."}, "volumes", ["/sys:/sys:ro"]),
]


@pytest.mark.parametrize(("more", "key", "value"), FIELDS)
def test_a_field_is_said_to_compose_by_its_key(
    site: Site, more: dict[str, Any], key: str, value: object
) -> None:
    assert written(site, **more)[key] == value


def test_what_a_record_leaves_out_is_left_to_the_engine(site: Site) -> None:
    keys = {key for _, key, _ in FIELDS} - {"networks"}

    assert keys.isdisjoint(written(site))
    assert written(site)["networks"] == {"default": {}}


def test_the_hosts_files_stand_behind_what_the_template_mounts(site: Site) -> None:
    more = {"host_mounts": ("/sys:/sys:ro",), "because": "It measures."}

    assert written(site, "    volumes: [./current/a:/a:ro]\n", **more)["volumes"] == [
        "./current/a:/a:ro",
        "/sys:/sys:ro",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aliases", ("My_DB",)),
        ("hostname", "node_1"),
        ("hostname", "node-1..example.org"),
        ("stop_signal", "INT"),
        ("shm_size", "256"),
        ("shm_size", "0m"),
        ("sysctls", ("vm.max_map_count=262144",)),
        ("sysctls", ("net.core.somaxconn",)),
        ("host_mounts", ("/etc:/etc",)),
        ("host_mounts", ("/etc:/etc:rw",)),
        ("host_mounts", ("data:/data:ro",)),
        ("devices", ("/etc/passwd",)),
        ("devices", ("/dev/kmsg:/etc/passwd",)),
    ],
)
def test_a_value_that_compose_or_the_kernel_would_refuse_is_refused_first(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"service 'web': {field}(\[0\])? is '.*'; write "):
        service(because="It must.", **{field: value})


def test_a_machines_name_is_as_long_as_the_kernel_takes_it() -> None:
    assert service(hostname=f"{'a' * 52}.example.org").hostname
    with pytest.raises(ValueError, match="write a host's name of at most 64 characters, as in node-1 or"):
        service(hostname=f"{'a' * 53}.example.org")


def test_a_number_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="service 'web': pids_limit is -1; write 0 or more"):
        service(pids_limit=-1)
    with pytest.raises(ValueError, match="ulimit 'nofile': soft 2 is above hard 1"):
        Ulimit(name="nofile", soft=2, hard=1)
    with pytest.raises(
        ValueError, match="ulimit 'RLIMIT_NOFILE': name is 'RLIMIT_NOFILE'; write its name without"
    ):
        Ulimit(name="RLIMIT_NOFILE", soft=1, hard=1)
    with pytest.raises(ValueError, match="service 'web': ulimit 'nofile' is declared twice"):
        service(ulimits=(NOFILE, NOFILE))


def test_no_two_services_answer_to_one_name() -> None:
    other = replace(service(aliases=("web",)), name="db")

    with pytest.raises(ValueError, match="app 'blog': service or alias 'web' is declared twice"):
        App(
            name="blog",
            purpose="A blog.",
            group="tools",
            upgrade=Upgrade(step="any", one_way=False),
            services=(service(), other),
        )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"host_pid": True}, "sees the host's processes"),
        ({"host_mounts": ("/sys:/sys:ro",)}, "sees the host's files"),
        ({"devices": ("/dev/dri",)}, "uses the host's devices"),
    ],
)
def test_what_is_the_hosts_needs_a_reason(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"service 'web' {words}; say in `because` why it must"):
        service(**more)

    assert replace(service(), because="It must.", **more).extra_rights == [words]


@pytest.mark.parametrize(
    "more",
    [
        {"ports": (Port(host=9000, container=80),)},
        {"aliases": ("db",)},
        {"hostname": "node-1"},
        {"sysctls": ("net.core.somaxconn=1024",)},
    ],
)
def test_the_hosts_network_has_nothing_of_the_services_own(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="service 'web' is on the host's network, which has no ports"):
        service(host_network=True, because="It measures.", **more)


def test_the_documents_have_an_example_of_each_field() -> None:
    source = "\n".join(blocks("docs/fields.md", "python"))
    names: dict[str, Any] = {**vars(model), "replace": replace}
    exec(source, names)  # noqa: S102 - our own document
    used = {
        (node.func.id, word.arg)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        for word in node.keywords
    }
    wanted = {
        (kind.__name__, field.name)
        for kind in (*SHOWN, App)
        for field in fields(kind)
        if (kind.__name__, field.name) not in used
    }

    assert wanted == {("Service", "one_shot")}  # by `replace`
    assert names["migrate"].one_shot
