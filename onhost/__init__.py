"""The program that runs on the hosts, elsewhere: no machine of an operator runs it.

It is sent whole, over standard input, each time that it is needed, and lies on each host for the host's
boot. So it takes nothing but the standard library of Debian's Python (3.11 or newer), and imports nothing
of ours. `tasks/program.py` packs it; `tasks/stacks` sends it its orders and reads what it says.
"""
