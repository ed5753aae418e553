"""What a template may say: every key of Compose, with what becomes of it.

A template says what a program is told: environment, commands, mounts. What a container may do, and what
others rely on, comes from the record, where it is checked. The keys are those of compose-spec/compose-spec,
schema/compose-spec.json.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Says = Literal["template", "record", "always", "nobody"]


@dataclass(frozen=True, slots=True)
class Key:
    """Who says what a key of Compose says, and where.

    `always`: every container has it alike; `nobody`: `how` is why not, and what to do instead.
    """

    says: Says
    how: str


def _keys(says: Says, keys: Mapping[str, str]) -> dict[str, Key]:
    return {name: Key(says, how) for each, how in keys.items() for name in each.split()}


SERVICE: Mapping[str, Key] = {
    **_keys(
        "template",
        {
            "command entrypoint": "as in Compose; `$$` for a `$` that the container is to see",
            "environment": "as `NAME: VALUE`; a secret as `${NAME}`",
            "volumes": "`./current/FILE:PATH:ro` for files of the release, `NAME:PATH` for volumes",
            "depends_on": "services of the same app; one-shots have ended before, and are not named",
            "secrets": "names of secrets that are files, `/run/secrets/NAME`; a mention of that is enough",
            "extra_hosts": "names that the container resolves by itself",
            "working_dir stdin_open tty": "as in Compose",
        },
    ),
    **_keys(
        "record",
        {
            "image": "`Service.image`, pinned; images.lock adds its digest",
            "user": "`Service.user`",
            "healthcheck": "`Service.health`; a deploy waits for it",
            "ports": "`Service.ports`; what people open in a browser is a `Route` and needs none",
            "mem_limit": "`Service.memory_mb`",
            "read_only": "`Service.read_only`, True unless a reason is given",
            "tmpfs": "`Service.tmpfs`",
            "stop_grace_period": "`Service.stop_seconds`",
            "stop_signal": "`Service.stop_signal`",
            "hostname": "`Service.hostname`",
            "init": "`Service.init`",
            "pids_limit": "`Service.pids_limit`",
            "shm_size": "`Service.shm_size`",
            "sysctls": "`Service.sysctls`",
            "ulimits": "`Service.ulimits`",
            "networks": "`Service.aliases`; services of an app share a network, `Route` adds the edge's",
            "cap_add": "`Service.capabilities`, with a reason",
            "network_mode": "`Service.host_network`, with a reason",
            "pid": "`Service.host_pid`, with a reason",
            "devices": "`Service.devices`, with a reason",
            "profiles restart": "`Service.one_shot`; all others are started again whenever they end",
        },
    ),
    **_keys(
        "always",
        {
            "cap_drop": "all are dropped; `Service.capabilities` gives back",
            "security_opt": "it has no-new-privileges and Docker's own profiles",
            "labels": "a deploy marks what it made; routes come from `Route`, and metrics from `Metrics`",
            "logging": "its log goes to the host's journal, and from there to Loki",
        },
    ),
    **_keys(
        "nobody",
        {
            "privileged": "it would be root on the host; say what it needs by `Service.capabilities`, "
            "`Service.devices`, `Service.host_mounts`",
            "build": "servers build nothing; publish the image and name it in `Service.image`",
            "container_name": "Compose makes it of the app and the service; `Service.aliases` adds names",
            "links external_links": "services reach each other by their names; `Service.aliases` adds others",
            "expose": "services of an app reach each other at every port",
            "env_file": "write `environment`; secrets come from the store as `${NAME}`",
            "label_file annotations": "routes come from `Route`, and metrics from `Metrics`",
            "configs": "put the file into templates/APP/ or files/APP/ and mount it from ./current/",
            "volumes_from": "mount the same volume in both",
            "extends": "use a macro of Jinja, as templates/authentik does",
            "deploy scale": "one container of each service; its memory is `Service.memory_mb`",
            "develop attach": "it is for a developer's machine",
            "group_add": "a group is the second half of `Service.user`",
            "pull_policy pull_refresh_after platform": "the deploy pulls what images.lock says",
            "dns dns_opt dns_search domainname mac_address": "containers ask the host's resolver; "
            "`extra_hosts` adds names",
            "ipc uts cgroup cgroup_parent userns_mode isolation runtime device_cgroup_rules use_api_socket "
            "credential_spec storage_opt": "it would give more of the host than a record can tell",
            "blkio_config cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares "
            "cpus cpuset mem_reservation mem_swappiness memswap_limit oom_kill_disable oom_score_adj": "the "
            "one limit is `Service.memory_mb`",
            "gpus models provider": "no server has what it needs",
            "post_start pre_stop": "`App.after_up` runs commands in what has started, one-shots before",
        },
    ),
}
"""Keys of a service."""

TOP: Mapping[str, Key] = {
    **_keys("template", {"services": "those that the record names"}),
    **_keys(
        "record",
        {
            "name": "`App.name`",
            "volumes": "`App.volumes`, with their owner, and whether they are backed up",
            "networks": "every app has a network of its own, and `Route` one with the edge",
        },
    ),
    **_keys(
        "nobody",
        {
            "secrets": "`App.secrets` has them, with file=True for a file",
            "configs": SERVICE["configs"].how,
            "include": SERVICE["extends"].how,
            "models": SERVICE["models"].how,
            "version": "Compose itself no longer reads it",
        },
    ),
}
"""Keys of the whole file."""
