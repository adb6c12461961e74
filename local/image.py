"""The account as a deployment left it, kept beside the template: a later process wakes of it what it comes to use.

A deployment into moto takes seconds and gives the same each time. What is kept is pickled service by service, and a
service is imported and unpickled when it is first asked for.
"""

from __future__ import annotations

import hashlib
import io
import marshal
import pickle
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any
from unittest.mock import patch
from weakref import WeakValueDictionary

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID

from local.clients import REGION
from local.template import write_whole

SUFFIX = ".account"
_REGIONS = (REGION, "aws")
_NOT_KEPT = ("ssm",)  # holds the bootstrap's version, which only a deployment asks for
_LOCKS = (type(threading.Lock()), type(threading.RLock()))

Place = tuple[str, str]  # class of the service's backend, region


@dataclass(frozen=True)
class Image:
    """An account that was deployed: the stack's outputs, its parsed state machines, each service's state, pickled."""

    outputs: Mapping[str, str]
    programs: Mapping[str, bytes]
    states: Mapping[Place, bytes]


def image_path(template: Path) -> Path:
    """Return where the image of a template is kept: the name changes with all that an image is made from."""
    digest = hashlib.sha256(template.read_bytes())
    digest.update(f"{sys.version} moto {version('moto')} botocore {version('botocore')}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return template.with_suffix(f".{digest.hexdigest()[:16]}{SUFFIX}")


def load(path: Path) -> Image | None:
    """Return the image in a file; None if there is none, or it cannot be read."""
    try:
        with path.open("rb") as file:
            return Image(*pickle.load(file))  # noqa: S301 (our own cache, as `.pyc` files are)
    except (OSError, ValueError, TypeError, LookupError, EOFError, pickle.UnpicklingError):
        return None


def keep(path: Path, outputs: Mapping[str, str]) -> Image:
    """Write the image of moto's present state, and return it."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # here: those who read need none of it

    from local.step_functions import programs

    services: list[BackendDict[Any]] = BackendDict._instances  # type: ignore[misc]
    states = {
        (_kind(service.backend), region): _pickled(backend)
        for service in services
        for account, region, backend in service.iter_backends()
        if service.service_name not in _NOT_KEPT and account == DEFAULT_ACCOUNT_ID and region in _REGIONS
    }
    machines = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][REGION].state_machines
    made = Image(dict(outputs), programs([machine.definition for machine in machines]), states)
    write_whole(path, pickle.dumps((made.outputs, made.programs, made.states)))
    return made


@contextmanager
def woken(image: Image) -> Iterator[None]:
    """Let moto find each service in its state of the image when it is first asked for."""
    asleep = dict(image.states)
    lock = threading.RLock()
    get = AccountSpecificBackend.__getitem__

    def getitem(self: AccountSpecificBackend[Any], region: str) -> Any:
        place = (_kind(self.backend), "aws" if region == "global" else region)
        if place in asleep and self.account_id == DEFAULT_ACCOUNT_ID:
            with lock:
                if place in asleep and place[1] not in self.keys():
                    _wake(self, place[1], asleep[place])
                    asleep.pop(place, None)
        return get(self, region)

    with patch.object(AccountSpecificBackend, "__getitem__", getitem):
        yield


def _wake(of_account: AccountSpecificBackend[Any], region: str, state: bytes) -> None:
    backend: Any = object.__new__(of_account.backend)
    of_account[region] = backend  # before its state: services refer to each other
    backend.__dict__.update(_Unpickler(io.BytesIO(state)).load())


def _kind(backend: type) -> str:
    """Return a service's key; its name will not do: Step Functions has two, of which one executes nothing."""
    return f"{backend.__module__}.{backend.__name__}"


def _pickled(backend: BaseBackend) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(backend.__dict__)
    return file.getvalue()


class _Pickler(pickle.Pickler):
    """Pickles the state of one service; what it holds of others are references to them."""

    def persistent_id(self, thing: Any) -> tuple[str, str, str, str] | None:
        """Return where a service's backend is found; None for all else."""
        if not isinstance(thing, BaseBackend):
            return None
        home = next(
            name for name, value in vars(sys.modules[thing.__class__.__module__]).items() if _holds(value, thing)
        )
        return thing.__class__.__module__, home, thing.account_id, thing.region_name

    def reducer_override(self, thing: Any) -> Any:
        """Return how to rebuild an object that cannot be pickled."""
        if isinstance(thing, _LOCKS):
            return (threading.RLock if isinstance(thing, _LOCKS[1]) else threading.Lock), ()
        if isinstance(thing, WeakValueDictionary):
            return _weak, (dict(thing),)
        if isinstance(thing, FunctionType) and "<lambda>" in thing.__qualname__ and thing.__closure__ is None:
            return _function, (marshal.dumps(thing.__code__), thing.__module__)
        if hasattr(thing, "private_bytes"):  # a key of the user pool's, which moto wraps
            return _private_key, (_pem(thing),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, where: tuple[str, str, str, str]) -> Any:
        """Return the backend that is referred to, waking it where it sleeps."""
        module, home, account, region = where
        return getattr(import_module(module), home)[account][region]


def _holds(value: Any, backend: BaseBackend) -> bool:
    return isinstance(value, BackendDict) and value.backend is backend.__class__


def _weak(items: Mapping[Any, Any]) -> WeakValueDictionary[Any, Any]:
    return WeakValueDictionary(items)


def _function(code: bytes, module: str) -> FunctionType:
    return FunctionType(marshal.loads(code), vars(import_module(module)))  # noqa: S302 (as `.pyc` files are)


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem, None)
