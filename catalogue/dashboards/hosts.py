from catalogue.dashboards.panels import Board, lines, logged, number, table
from catalogue.dashboards.site import DISK as DISKS

DISK = f'host=~"$host",{DISKS}'
DEVICE = 'host=~"$host",device!~"dm-.*|loop.*|lo"'
TOLD = '0 * up{job="node-exporter",host=~"$host"}'
"""A server of which nothing is told has none of what is counted."""

BOARD = Board(
    uid="hosts",
    title="Hosts",
    sentence="How the servers themselves do: processor, memory, disks, network, units.",
    variables=("host",),
    panels=(
        number("Runs for", "s", by="host").show(
            "How long ago each server was started.", 'time() - node_boot_time_seconds{host=~"$host"}'
        ),
        number("Failed units", "short", by="host", bad_from=1).show(
            "Units of systemd that failed; below they are named.",
            f'count by (host) (guildhall_unit_failed{{host=~"$host"}} == 1) or on (host) {TOLD}',
        ),
        number("New start needed", "bool_yes_no", by="host", bad_from=1).show(
            "Whether an update waits for a new start; it comes by itself in the server's window.",
            'guildhall_reboot_required{host=~"$host"}',
        ),
        number("Killed for want of memory", "short", by="host", bad_from=1).show(
            "Programs that the kernel ended in the last day because memory was short.",
            'increase(node_vmstat_oom_kill{host=~"$host"}[1d])',
        ),
        lines("Processor", "percentunit", by="host").show(
            "Share of the time in which the processors work.",
            '1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle",host=~"$host"}[5m]))',
        ),
        lines("Memory in use", "percentunit", by="host", bad_from=0.93).show(
            "Share of the memory that programs hold; what is kept of files counts as free.",
            '1 - node_memory_MemAvailable_bytes{host=~"$host"} / node_memory_MemTotal_bytes',
        ),
        lines("Disk in use", "percentunit", by="host mountpoint", bad_from=0.9).show(
            "How full each file system is; from 90 per cent on Loki, where it is, takes no more lines.",
            f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes",
        ),
        lines("Files in use", "percentunit", by="host mountpoint", bad_from=0.9).show(
            "Share of the files that a file system has room for; full, nothing can be written to it.",
            f"1 - node_filesystem_files_free{{{DISK}}} / (node_filesystem_files > 0)",
        ),
        lines("Disk busy", "percentunit", by="host device").show(
            "Share of the time in which a disk reads or writes; near 100 per cent everything waits for it.",
            f"rate(node_disk_io_time_seconds_total{{{DEVICE}}}[5m])",
        ),
        lines("Disk traffic", "Bps", by="host device").show(
            "What is read from and written to each disk.",
            f"rate(node_disk_read_bytes_total{{{DEVICE}}}[5m]) + rate(node_disk_written_bytes_total[5m])",
        ),
        lines("Network received", "Bps", by="host device").show(
            "What comes in over each network.", f"rate(node_network_receive_bytes_total{{{DEVICE}}}[5m])"
        ),
        lines("Network sent", "Bps", by="host device").show(
            "What goes out over each network.", f"rate(node_network_transmit_bytes_total{{{DEVICE}}}[5m])"
        ),
        lines("Clock", "s", by="host", bad_from=16).show(
            "By how much the clock may be wrong; without a time server it grows.",
            'node_timex_maxerror_seconds{host=~"$host"}',
        ),
        table("Failed units, by name", "short", by="host unit").show(
            "The units of systemd that failed, and on which server.",
            'guildhall_unit_failed{host=~"$host"} == 1',
        ),
        logged("Errors of the system").show(
            "What the servers themselves log as an error: the kernel, systemd, SSH.",
            '{host=~"$host", app="", level=~"emerg|alert|crit|error"}',
        ),
    ),
)
