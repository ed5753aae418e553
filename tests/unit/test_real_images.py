"""What images of monitoring, management and the edge do that a kind stand-in would not.

Where a claim about a program comes from stands beside the setting that follows from it.
"""

import ast
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.site import HOSTS, app, release_of, secrets_of
from tests.support.yaml_text import read_yaml

SCRIPTS = sorted((ROOT / "files/wobbler/conf/scripts").glob("*.py"))


def service(name: str, service: str, site: Site) -> dict[str, Any]:
    """A service of an app as Compose gets it."""
    found: dict[str, Any] = read_yaml(release_of(app(name), site).files["compose.yaml"])
    return dict(found["services"][service])


def health(name: str, service: str) -> str:
    checked = app(name).service(service).health
    assert checked
    return " ".join(checked.command)


def test_alloy_keeps_its_data_where_the_image_has_no_folder(site: Site) -> None:
    """/var/lib/alloy belongs to 473 there, mode 770, and an empty volume takes that over."""
    alloy = service("alloy", "alloy", site)

    assert "positions:/data" in alloy["volumes"]
    assert "--storage.path=/data" in alloy["command"]


def test_alloy_is_given_no_flag_that_it_does_not_know(site: Site) -> None:
    """It ends at an unknown one; those of `run` are in grafana/alloy, internal/alloycli/cmd_run.go."""
    flags = {word.partition("=")[0] for word in service("alloy", "alloy", site)["command"] if word[0] == "-"}

    assert flags == {
        "--storage.path",
        "--server.http.listen-addr",
        "--server.http.enable-pprof",
        "--server.http.disable-support-bundle",
        "--disable-reporting",
    }


def test_alloy_drops_no_line_while_loki_is_away() -> None:
    write = (ROOT / "files/alloy/config.alloy").read_text().partition("loki.write")[2]

    assert re.search(r"max_backoff_retries\s*= 0\n", write)
    assert re.search(r'max_backoff_period\s*= "30s"\n', write)


def test_alloy_sends_after_a_start_whatever_loki_still_takes() -> None:
    """A cursor that is older than `max_age` counts for nothing; Loki refuses what is older than a week."""
    (hours,) = re.findall(r'max_age\s*= "(\d+)h"', (ROOT / "files/alloy/config.alloy").read_text())

    assert 150 < int(hours) < 168


def test_a_flood_ends_at_its_host_and_a_day_of_ordinary_lines_does_not() -> None:
    """By wall clock, so that what waited for Loki counts as burst (limit.go, v1.19.0-rc.3)."""
    limits = re.findall(r"stage\.limit \{(.*?)\}", (ROOT / "files/alloy/config.alloy").read_text(), re.DOTALL)
    told = [dict(re.findall(r"(\w+)\s*= (\S+)", each)) for each in limits]

    assert [(each["by_label_name"], each["drop"]) for each in told] == [('"app"', "true"), ('"unit"', "true")]
    assert {(int(each["rate"]) <= 200, int(each["burst"]) >= 24 * 3600) for each in told} == {(True, True)}


def test_no_label_has_many_values() -> None:
    config = (ROOT / "files/alloy/config.alloy").read_text()
    made = re.findall(r'target_label\s*= "(\w+)"', config)
    said = re.findall(r"values = \{(.*?)\}", config)

    assert {*made, *re.findall(r"(\w+) =", " ".join(said))} == {
        *("app", "service", "unit", "level", "status", "router")
    }


def test_alloy_is_not_well_when_it_cannot_open_the_journal() -> None:
    assert "/-/healthy" in health("alloy", "alloy")


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        ("session-412.scope", "session"),
        ("run-rb1946ac92492d234.service", "run"),
        ("ssh.service", "ssh.service"),
    ],
)
def test_a_login_has_no_stream_of_its_own(unit: str, label: str) -> None:
    """As Alloy's relabelling does it: the last rule whose pattern is the whole text says the label."""
    config = (ROOT / "files/alloy/config.alloy").read_text()
    patterns = [json.loads(text) for text in re.findall(r'regex\s*= ("@.*")', config)]
    found = [match[1] for pattern in patterns if (match := re.fullmatch(pattern, f"@{unit}"))]

    assert found[-1] == label


def test_cadvisor_asks_no_docker_and_looks_for_its_groups_with_and_without_systemd(site: Site) -> None:
    cadvisor = service("cadvisor", "cadvisor", site)

    assert not [each for each in cadvisor["command"] if each.startswith("--docker=")]
    assert "--raw_cgroup_prefix_whitelist=/system.slice/docker-,/docker/" in cadvisor["command"]
    assert cadvisor["volumes"] == ["/sys/fs/cgroup:/sys/fs/cgroup:ro"]


@pytest.mark.parametrize(
    ("group", "found"),
    [
        (f"/system.slice/docker-{'a' * 64}.scope", True),
        (f"/docker/{'a' * 64}", True),
        ("/", False),
        ("/docker/buildkit", False),
    ],
)
def test_cadvisor_is_well_only_while_it_measures_containers(group: str, found: bool) -> None:
    (pattern,) = re.findall(r"grep -q '([^']+)'", health("cadvisor", "cadvisor"))
    line = f'container_cpu_usage_seconds_total{{cpu="total",id="{group}",image="",name=""}} 1'
    (regex,) = re.findall(
        r"regex: (.*docker-.*)", (ROOT / "templates/prometheus/prometheus.yml.j2").read_text()
    )

    assert bool(re.search(pattern, line)) == ("docker" in group)
    assert bool(re.fullmatch(regex, group)) == found


def test_docker_keeps_images_where_it_always_did() -> None:
    """In another store it would find none of those that a host has."""
    daemon = (ROOT / "templates/host/daemon.json.j2").read_text()

    assert '"features": {"containerd-snapshotter": false}' in daemon


def test_n8n_can_write_its_pages_and_is_told_its_address(site: Site) -> None:
    n8n = service("n8n", "n8n", site)

    assert "/home/node/.cache:uid=1000,gid=1000" in n8n["tmpfs"]
    assert n8n["environment"]["N8N_WEBHOOK_URL"] == "https://n8n.example.cc/"


def test_wobbler_brings_every_file_and_folder_that_it_wants_in_its_read_only_folder(site: Site) -> None:
    """It reads logging.json, and makes runners, deleted and schedules where they are missing."""
    files = release_of(app("wobbler"), site).files

    assert json.loads(files["conf/logging.json"])["version"] == 1
    assert {path.split("/")[1] for path in files if path.count("/") > 1} >= {
        "runners",
        "deleted",
        "schedules",
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.name))
def test_wobblers_scripts_run_in_the_images_python(script: Any) -> None:
    """3.9: no newer syntax, no datetime.UTC, and annotations that are not worked out."""
    tree = ast.parse(script.read_text(), feature_version=(3, 9))
    imported = {
        (each.module, name.name)
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }

    assert ("datetime", "UTC") not in imported
    assert ("__future__", "annotations") in imported


def test_ssh_in_wobblers_image_knows_the_user_that_it_runs_as() -> None:
    recipe = (ROOT / "images/wobbler/Dockerfile").read_text()

    assert app("wobbler").services[0].user == "1000:1000"
    assert recipe.index("useradd --uid 1000 ") < recipe.index("USER 1000:1000")


def test_grafana_keeps_its_data_sources_and_is_not_well_without_one(site: Site) -> None:
    environment = service("grafana", "grafana", site)["environment"]
    sources = read_yaml(release_of(app("grafana"), site).files["provisioning/datasources/catalogue.yaml"])

    assert environment["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"] == "false"
    assert environment["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert app("grafana").services[0].memory_mb >= 1024
    for source in sources["datasources"]:
        assert f"public/plugins/{source['type']}/plugin.json" in health("grafana", "grafana")


def test_grafana_hides_what_it_keeps_with_no_key_that_everybody_knows(site: Site) -> None:
    """Each of its two stores has a key, and each key a default (conf/defaults.ini, 13.2)."""
    given = service("grafana", "grafana", site)["environment"]

    for store in ("SECURITY", "SECRETS_MANAGER_ENCRYPTION_SECRET_KEY_V1"):
        assert given[f"GF_{store}_SECRET_KEY"] == "${SECRET_KEY}"


def test_grafana_shows_no_dashboard_without_a_login_and_tells_no_mail_address(site: Site) -> None:
    """A snapshot needs none (pkg/api/api.go); a picture is asked of Gravatar (pkg/api/avatar)."""
    given = service("grafana", "grafana", site)["environment"]

    assert given["GF_SNAPSHOTS_ENABLED"] == "false"
    assert given["GF_SECURITY_DISABLE_GRAVATAR"] == "true"


def test_zabbix_agents_know_one_server_and_see_the_host(site: Site) -> None:
    """What stands in ZBX_ACTIVESERVERS comes behind a default of the image's own."""
    agent = service("zabbix-agent", "agent", site)

    assert agent["environment"]["ZBX_SERVER_HOST"] == "10.0.0.5"
    assert "ZBX_ACTIVESERVERS" not in agent["environment"]
    assert (agent["pid"], agent["volumes"]) == ("host", ["/:/host:ro,rslave"])


def test_loki_stays_within_its_memory_and_lets_nobody_delete(site: Site) -> None:
    config = read_yaml(release_of(app("loki"), site).files["loki.yml"])
    limit = service("loki", "loki", site)["environment"]["GOMEMLIMIT"]
    chunks = config["chunk_store_config"]["chunk_cache_config"]["embedded_cache"]
    results = config["query_range"]["results_cache"]["cache"]["embedded_cache"]

    assert config["limits_config"]["deletion_mode"] == "disabled"
    assert config["ingester"]["wal"]["replay_memory_ceiling"] == "400MB"
    assert int(limit.removesuffix("MiB")) < app("loki").services[0].memory_mb
    assert chunks["max_size_mb"] + 6 * results["max_size_mb"] < 200


def test_loki_refuses_a_push_whole_or_not_at_all(site: Site) -> None:
    """A part that was kept would be there twice when the push is sent again (pkg/ingester/instance.go)."""
    limits = read_yaml(release_of(app("loki"), site).files["loki.yml"])["limits_config"]
    stream = int(limits["per_stream_rate_limit"].removesuffix("MB"))

    assert stream > 4  # ingestion_rate_mb, by default
    assert limits["per_stream_rate_limit_burst"] == limits["per_stream_rate_limit"]


def test_loki_looks_for_silence_of_each_host_and_tells_alertmanager(site: Site) -> None:
    files = release_of(app("loki"), site).files
    config, mounts = read_yaml(files["loki.yml"])["ruler"], service("loki", "loki", site)["volumes"]
    rules = [
        rule
        for name, content in files.items()
        if name.startswith("rules/")
        for group in read_yaml(content)["groups"]
        for rule in group["rules"]
    ]

    assert {rule["expr"] for rule in rules if rule["alert"] == "LogsMissing"} == {
        f'absent_over_time({{host="{host.name}"}}[30m])' for host in HOSTS
    }
    assert {(*rule["annotations"], *rule["labels"]) for rule in rules} == {
        ("summary", "todo", "runbook_url", "severity")
    }
    assert config["alertmanager_url"] == "http://10.0.0.5:9093"
    assert f"./current/rules:{config['storage']['local']['directory']}/fake:ro" in mounts


def test_no_alert_asks_for_a_number_that_never_says_it() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "files/prometheus/rules").glob("*.yml"))

    assert "engine_daemon_health_checks_failed_total" not in rules
    assert "node_timex_offset_seconds" not in rules


def test_the_host_writes_what_node_exporter_reads_of_its_containers(site: Site) -> None:
    script = (ROOT / "files/host/containers.sh").read_text()
    unit = (ROOT / "files/host/guildhall-containers.service").read_text()
    (flag,) = [
        word for word in service("node-exporter", "node-exporter", site)["command"] if "textfile" in word
    ]
    folder = flag.partition("=/host")[2]

    assert f"folder={folder}\nfile=$folder/containers.prom\n" in script
    outer, inner = "guildhall", folder.removeprefix("/var/lib/")
    assert f"StateDirectory={outer} {inner}\n" in unit  # each of them may be looked into


def test_a_host_that_is_down_silences_the_probes_of_its_names(site: Site) -> None:
    config = read_yaml(release_of(app("alertmanager"), site).files["alertmanager.yml"])
    probes = json.loads(release_of(app("prometheus"), site).files["live/prometheus/probes/catalogue.json"])
    hosts = {each["labels"]["app"]: each["labels"]["host"] for each in probes}

    assert config["inhibit_rules"][0]["equal"] == ["host"]
    assert (hosts["outline"], hosts["grafana"], hosts["authentik"]) == tuple(host.name for host in HOSTS)


def test_alerts_have_a_second_way_and_a_heartbeat_where_the_site_says_one(site: Site) -> None:
    more = replace(
        site, alerts_webhook="https://chat.example.net/x", heartbeat_url="https://alive.example.net"
    )
    for chosen, calls in ((site, []), (more, ["https://chat.example.net/x", "https://alive.example.net"])):
        config = read_yaml(release_of(app("alertmanager"), chosen).files["alertmanager.yml"])
        people, tests, alive = config["receivers"]
        hooks = [hook["url"] for each in (people, alive) for hook in each.get("webhook_configs", [])]

        assert hooks == calls
        assert people["email_configs"][0]["to"] == "alerts@example.org"
        assert json.dumps(tests).replace("false", "true") == json.dumps(people | {"name": "tests"})


def test_access_logs_keep_no_query_string(site: Site) -> None:
    config = read_yaml(release_of(app("traefik"), site).files["traefik.yml"])

    assert config["accessLog"]["fields"]["queryParameters"]["defaultMode"] == "drop"


def test_the_edge_believes_nobody_about_who_came_before(site: Site) -> None:
    """A container that comes by the network behind the edge is a stranger like any other."""
    config = read_yaml(release_of(app("traefik"), site).files["traefik.yml"])

    believing = {"forwardedHeaders", "proxyProtocol"}
    assert {name for name, each in config["entryPoints"].items() if believing & each.keys()} == set()
    assert config["entryPoints"].keys() >= {"web", "websecure"}


def test_who_pauses_for_two_seconds_gains_no_requests() -> None:
    """Traefik forgets an address after that time, and gives it a whole burst again."""
    limits = [route.rate_limit for route in app("authentik").routes if route.rate_limit]

    assert [limit.burst for limit in limits if limit.burst > limit.per_minute / 60 * 2] == []


def test_scripts_and_pictures_of_the_login_count_against_no_limit() -> None:
    """A browser asks for dozens of them at once."""
    (free,) = [route for route in app("authentik").routes if not route.rate_limit]

    assert free.paths == ("/static/",)


def test_the_counters_redis_writes_nothing_and_loads_nothing(site: Site) -> None:
    redis = service("redis", "redis", site)

    assert redis["entrypoint"][0] == "redis-server"
    assert redis["command"][:2] == ["--save", ""]
    assert ("volumes" in redis, redis["tmpfs"], app("redis").volumes) == (False, ["/data"], ())


def test_outlines_redis_may_double_while_it_saves_and_goes_on_when_it_cannot(site: Site) -> None:
    command = service("outline", "redis", site)["command"]
    kept = command[command.index("--maxmemory") + 1]

    assert int(kept.removesuffix("mb")) * 2 <= app("outline").service("redis").memory_mb
    assert command[command.index("--stop-writes-on-bgsave-error") + 1] == "no"


def test_zabbix_is_told_that_it_is_asked_over_https(site: Site) -> None:
    """It marks cookies Secure by $_SERVER['HTTPS'] alone (ui/include/defines.inc.php, 7.0)."""
    assert service("zabbix", "web", site)["environment"]["HTTPS"] == "on"


def test_no_environment_of_zabbix_lacks_what_its_settings_are_made_of(site: Site) -> None:
    asked = re.findall(r'"\$\{([A-Z_]+):\?', (ROOT / "files/zabbix/settings/start.sh").read_text())

    assert {"ADMIN_PASSWORD"} < set(asked) <= service("zabbix", "web", site)["environment"].keys()


def test_the_account_by_which_zabbix_mails_is_in_its_database_alone(site: Site) -> None:
    assert {"SMTP_USERNAME", "SMTP_PASSWORD"} <= secrets_of(app("zabbix")).keys()
    assert "SMTP" not in release_of(app("zabbix"), site).files[".env"].decode()
