# A bare Debian host: systemd and sshd. Everything else is installed by the deploys.
FROM guildhall/base:trixie
RUN apt-get update \
 && apt-get install -y systemd systemd-sysv dbus openssh-server sudo iproute2 iptables nftables procps \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /etc/ssh/ssh_host_* && : > /etc/machine-id \
 && systemctl mask systemd-modules-load.service systemd-logind.service getty.target console-getty.service systemd-networkd.service \
 && mkdir -p /var/log/journal
STOPSIGNAL SIGRTMIN+3
