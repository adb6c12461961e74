"""The built layers: they fit, come out the same twice, are complete, and every handler runs from them alone."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment, client

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import State
from infra.stages import FUNCTIONS, StageFunction
from layers import build
from local import site
from local.folders import BucketFolder
from local.runtime import LocalAws
from local.site import Site
from local.users import add_person, sign_in
from tests.api.conftest import Api
from tests.layers.isolated import Sandbox, served
from tests.rereview.test_rereviews import finished

pytestmark = pytest.mark.slow

MAGIC_OF_3_14 = (3627).to_bytes(2, "little") + b"\r\n"

# What Amazon Linux 2023 brings itself.
_BASE = {"libc", "libm", "libdl", "libpthread", "librt", "libgcc_s", "libstdc++", "libz", "ld-linux-aarch64"}


@pytest.fixture(scope="module")
def for_lambda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One build for Lambda, in a folder of its own: the template does not change under other tests."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: it brings the Python that compiles the layers")
    folder: Path = build.build(build.LAMBDA, tmp_path_factory.mktemp("lambda"))
    return folder


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The same build for this machine, unpacked."""
    return Sandbox.unpacked(build.ensure_built(build.HOST), tmp_path_factory.mktemp("host"))


def test_every_function_fits(for_lambda: Path) -> None:
    layers = json.loads((for_lambda / "manifest.json").read_text())["layers"]
    for name, layer in layers.items():
        with zipfile.ZipFile(for_lambda / f"{name}.zip") as archive:
            unzipped = sum(entry.file_size for entry in archive.infolist())
        assert unzipped == layer["unzipped_bytes"]
        below = 0 if name == build.BASE else layers[build.BASE]["unzipped_bytes"]
        assert unzipped + below + build.largest_code() <= 250 * 2**20


def test_every_module_is_bytecode_of_lambdas_python(for_lambda: Path) -> None:
    """Their first four bytes name the version: a Python that does not know them refuses the module."""
    for name in build.SETS:
        with zipfile.ZipFile(for_lambda / f"{name}.zip") as archive:
            modules = [n for n in archive.namelist() if n.endswith((".py", ".pyc"))]
            magic = {archive.read(n)[:4] for n in modules if n.endswith(".pyc")}
        assert len(modules) > 200, name
        assert not [n for n in modules if n.endswith(".py")], name
        assert magic == {MAGIC_OF_3_14}


def test_two_builds_are_the_same_bytes(for_lambda: Path, tmp_path: Path) -> None:
    again = build.build(build.LAMBDA, tmp_path)
    for name in build.SETS:
        assert _digest(again / f"{name}.zip") == _digest(for_lambda / f"{name}.zip")
    assert (again / "manifest.json").read_text() == (for_lambda / "manifest.json").read_text()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", list(build.SETS))
def test_every_library_is_for_arm64_and_finds_what_it_is_linked_to(for_lambda: Path, name: str) -> None:
    with zipfile.ZipFile(for_lambda / f"{name}.zip") as archive:
        libraries = [n for n in archive.namelist() if ".so" in Path(n).name]
        assert len(libraries) > 5
        with zipfile.ZipFile(for_lambda / f"{build.BASE}.zip") as base:
            there = {Path(n).name for n in (*libraries, *base.namelist())}
        for library in libraries:
            machine, needed = _linked(archive.read(library))
            assert machine == 183, library
            assert {n for n in needed if n.split(".so")[0] not in _BASE} <= there, library


def _linked(elf: bytes) -> tuple[int, list[str]]:
    """Return an ELF library's machine and the names of the libraries that it needs."""
    (machine,) = struct.unpack_from("<H", elf, 18)
    offset, (size, count) = struct.unpack_from("<Q", elf, 32)[0], struct.unpack_from("<HH", elf, 54)
    headers = [struct.unpack_from("<IIQQQQQQ", elf, offset + i * size) for i in range(count)]
    loads = [(h[3], h[2], h[5]) for h in headers if h[0] == 1]
    dynamic = next(h for h in headers if h[0] == 2)
    entries = list(struct.iter_unpack("<qQ", elf[dynamic[2] : dynamic[2] + dynamic[5] // 16 * 16]))
    table = next(value for tag, value in entries if tag == 5)
    text = next(o + table - address for address, o, length in loads if address <= table < address + length)
    names = [elf[text + v : elf.index(b"\0", text + v)].decode() for tag, v in entries if tag == 1]
    return machine, names


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_every_handler_is_imported_from_its_layers_alone(sandbox: Sandbox, function: StageFunction) -> None:
    sandbox.invoke(function.handler, function.layer, None)


def test_every_handler_runs_from_its_layers_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    """A world's newest week, and what people do with it, each function in a process of its own; then as always."""
    start, days = date(2023, 1, 2), 430
    write_world(simulate_world(24, days, 11, start=start, quiet_days=days - 30, events=10), tmp_path / "world")
    last = start + timedelta(days=days - 1)
    config = {"detect": {"open_score": 0.05}}  # any reports will do
    request = RunRequest(tmp_path / "world/input", "r1", last - timedelta(days=6), last, shards=2, config=config)
    sandbox.calls.clear()
    with served(tmp_path / "isolated", sandbox) as aws:
        state = State(aws.stack, Environment.read(aws.stack.variables))
        state.ensure_run("r1")
        run_ticks(state.stack, state.environment, request)
        after_the_tick = BucketFolder(tmp_path / "isolated/log").entries()
        assert 0 in state.logs.read(dataset("pipeline_health_log"), "r1")["dead_letters"].to_pylist()
        _rereview(state)
        _deliver_and_hear(aws)
    assert {f.handler for f in FUNCTIONS} == set(sandbox.calls)
    with LocalAws(tmp_path / "usual") as usual:
        client.cache_clear()
        run_ticks(usual.stack, Environment.read(usual.stack.variables), request)
    client.cache_clear()
    assert _content(after_the_tick) == _content(BucketFolder(tmp_path / "usual/log").entries())


def _rereview(state: State) -> None:
    """Ask for a rereview through the gateway and the Workshop's function, and wait for its machine."""
    cognito = state.stack.client("cognito-idp")
    person = add_person(cognito, state.stack.outputs["UserPoolId"], "ann", ("analyst",))
    with site.served(Site(state.stack, Path("no-page"), str)) as url:
        api = Api(url, sign_in(cognito, state.stack.outputs["UserPoolClientId"], "ann", person.password))
        started = api.post("/api/rereviews", {"selection": {}, "models": {}})
        assert started.status_code == 201, started.text
        assert finished(api, started.json(), seconds=120)["status"] == "succeeded"


def _deliver_and_hear(aws: LocalAws) -> None:
    """Call the functions that the hour, the mail service and a reader's link call."""
    link = {"requestContext": {"http": {"method": "GET"}}, "queryStringParameters": {"token": "made-up"}}
    hour = {"run_id": "r1", "scheduled_time": "2024-03-08T07:00:00Z"}
    for part, event, expected in (("Deliver", hour, "delivered"), ("Feedback", {"Records": []}, "logged")):
        assert expected in _invoked(aws, part, event)
    assert _invoked(aws, "Unsubscribe", link)["statusCode"] == 403


def _invoked(aws: LocalAws, part: str, event: dict[str, Any]) -> dict[str, Any]:
    functions = aws.stack.client("lambda").list_functions()["Functions"]
    name = next(f["FunctionName"] for f in functions if f["Handler"].endswith(f".{part.lower()}"))
    answer = aws.stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    return body


def _content(entries: list[dict[str, Any]]) -> dict[str, str]:
    """Return the content's hash of each log object; what came through the port keeps its header's full name."""
    logged = [e for e in entries if e["key"].startswith("logs/") and "/demo_run_config/" not in e["key"]]
    hashes = {e["key"]: {k.removeprefix("x-amz-meta-"): v for k, v in e["metadata"].items()} for e in logged}
    return {key: metadata["content-sha256"] for key, metadata in hashes.items()}
