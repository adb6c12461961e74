"""A Trino of Maven Central on this machine: fetched once into a cache, started on loopback, asked over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mrs-trino-476"
MOST_MEMORY = "-Xmx2G"
OLDEST_JAVA = 24
DOWNLOAD_SECONDS = 900
_FLAGS = (
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Duser.timezone=UTC",
)


class AbsentError(Exception):
    """Trino cannot be had here; the message says what is missing."""


class TrinoError(Exception):
    """Trino refused a statement; the message is its own."""


class Trino:
    """A running Trino, and the schema in which it looks for tables."""

    def __init__(self, url: str, schema: str = "mrs") -> None:
        self._url, self.schema = url, schema

    def using(self, schema: str) -> Trino:
        """Return the same server looking into another schema."""
        return Trino(self._url, schema)

    def ask(self, sql: str, session: str = "") -> list[list[Any]]:
        """Run a statement, with settings as `name=value,…`, and return its rows."""
        headers = {
            "X-Trino-User": "tests",
            "X-Trino-Catalog": "hive",
            "X-Trino-Schema": self.schema,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Session": session,
        }
        answer = _json(Request(f"{self._url}/v1/statement", sql.encode(), headers))
        rows: list[list[Any]] = []
        while True:
            if "error" in answer:
                raise TrinoError(answer["error"]["errorName"] + ": " + answer["error"]["message"])
            rows += answer.get("data") or []
            if "nextUri" not in answer:
                return rows
            answer = _json(Request(answer["nextUri"], headers=headers))

    def ask_with(self, sql: str, values: Sequence[str]) -> list[list[Any]]:
        """Run a query with a literal for each `?`, as Athena does with execution parameters."""
        quoted = sql.replace("'", "''")
        return self.ask(f"EXECUTE IMMEDIATE '{quoted}'" + (f" USING {', '.join(values)}" if values else ""))

    def stages(self, sql: str, session: str = "") -> int:
        """Return in how many stages a statement without parameters would run."""
        plan = self.ask("EXPLAIN (TYPE DISTRIBUTED) " + sql, session)
        return sum(line.startswith("Fragment ") for line in "\n".join(str(row[0]) for row in plan).splitlines())


@contextmanager
def running(folder: Path) -> Iterator[Trino]:
    """Run a Trino over a folder, and stop it at the end.

    Raises
    ------
    AbsentError
        If Java or Maven is not here, or the download fails.
    TrinoError
        If it does not start.
    """
    java = find_java()
    classpath = f"{_compiled(java)}{os.pathsep}{(CACHE / 'classpath').read_text()}"
    command = [java / "bin/java", *_FLAGS, MOST_MEMORY, "-cp", classpath, "Server", str(folder)]
    with (
        (folder / "trino.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield Trino(_url(process, folder / "trino.log"))
        finally:
            process.kill()


def find_java() -> Path:
    """Return the home of a JDK that Trino takes."""
    homes = [Path(h) for h in (os.environ.get("TRINO_JAVA_HOME"), os.environ.get("JAVA_HOME")) if h]
    homes += sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    for home in homes:
        if (home / "bin/javac").exists() and (home / "release").exists():
            release = dict(line.split("=", 1) for line in (home / "release").read_text().splitlines() if "=" in line)
            if int(release.get("JAVA_VERSION", '"0"').strip('"').split(".")[0]) >= OLDEST_JAVA:
                return home
    raise AbsentError(f"no JDK of version {OLDEST_JAVA} or newer in TRINO_JAVA_HOME, JAVA_HOME or /usr/lib/jvm")


def _compiled(java: Path) -> Path:
    """Return the folder of the compiled server; fetch what it needs where it is not there yet."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not _is_fetched():
        maven = shutil.which("mvn")
        if maven is None:
            raise AbsentError("Maven (mvn) is not here, which fetches Trino")
        shutil.copy(HERE / "pom.xml", CACHE / "pom.xml")
        goal = ["dependency:build-classpath", f"-Dmdep.outputFile={CACHE / 'classpath.half'}"]
        _run([maven, "-q", "-B", "-f", str(CACHE / "pom.xml"), *goal], {**os.environ, "JAVA_HOME": str(java)})
        (CACHE / "classpath.half").rename(CACHE / "classpath")
    _run(
        [str(java / "bin/javac"), "-cp", (CACHE / "classpath").read_text(), "-d", str(CACHE), str(HERE / "Server.java")]
    )
    return CACHE


def _is_fetched() -> bool:
    listed = CACHE / "classpath"
    return listed.exists() and all(Path(jar).exists() for jar in listed.read_text().split(os.pathsep))


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise AbsentError(f"{name} was not done after {DOWNLOAD_SECONDS // 60} minutes") from None
    if done.returncode:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line or "error" in line]
        raise AbsentError(f"{name} failed: {(errors or ['no message'])[0][:300]}")


def _url(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("URL "):
            return line.split()[1]
    raise TrinoError(f"Trino did not start: {log.read_text()[-1000:]}")


def _json(request: Request) -> dict[str, Any]:
    with urlopen(request, timeout=300) as response:
        found: dict[str, Any] = json.load(response)
        return found
