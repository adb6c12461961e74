"""Plain `make test` leaves these tests out: they fetch half a gigabyte and start a Java server."""

import os

collect_ignore_glob = [] if os.environ.get("MRS_TRINO") else ["test_*.py"]
