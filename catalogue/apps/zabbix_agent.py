from catalogue.model import App, Health, Image, Reach, Service, Upgrade
from catalogue.shared import ZABBIX_VERSION

APP = App(
    name="zabbix-agent",
    purpose="Tells Zabbix how the host is.",
    group="all",
    monitoring=True,
    internet=False,
    names=False,
    reaches=(Reach(app="zabbix", port=10051, because="It reports there."),),
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="agent",
            image=Image(repository="docker.io/zabbix/zabbix-agent2", tag=ZABBIX_VERSION),
            health=Health(command=("pidof", "zabbix_agent2"), start_seconds=20),
            memory_mb=128,
            # The group is its own: with that of the server and the pages, who are the same user, it could
            # enter them. The user stays: the settings that it writes at its start are that user's.
            user="1997:65529",
            read_only=False,
            host_network=True,
            host_pid=True,
            host_mounts=("/:/host:ro,rslave",),
            because="It counts the host's traffic, processes and disks; its entry point writes its settings.",
            # The second over the host's, with the sockets of systemd, D-Bus, the journal and sshd.
            tmpfs=("/tmp", "/host/run"),
        ),
    ),
)
