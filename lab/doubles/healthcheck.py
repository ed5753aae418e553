"""`python3 -m doubles.healthcheck URL`: succeed when the URL does, else say why; where there is no wget."""

import sys
import urllib.error
import urllib.request

if __name__ == "__main__":
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5).close()  # noqa: S310 (a loopback URL of our own)
    except urllib.error.HTTPError as error:
        sys.exit(error.read().decode(errors="replace"))
    except OSError as error:
        sys.exit(str(error))
