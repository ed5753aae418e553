"""Ends once object storage keeps a file: its port answers before its parts know of each other."""

import time
from urllib.error import URLError
from urllib.request import Request, urlopen

FILE = "http://127.0.0.1:8888/ready"


def kept() -> bool:
    """A file can be written, and read again."""
    try:
        urlopen(Request(FILE, data=b"yes", method="PUT"), timeout=5)  # a fixed address
        return bool(urlopen(FILE, timeout=5).read() == b"yes")
    except URLError:
        return False


if __name__ == "__main__":
    while not kept():  # for as long as systemd lets it
        time.sleep(0.2)
