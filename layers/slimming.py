"""What of a wheel is left out of a layer, and why: code and layers together must stay below Lambda's 250 MiB."""

from __future__ import annotations

import re
import struct
from fnmatch import fnmatchcase

# Our own boto3, pinned, rather than the runtime's: that one changes under a deployed function, and create-only puts
# need a client that knows `IfNoneMatch`. Of its 440 service models only those that a function or awswrangler may call.
SERVICES = (
    "athena",
    "cognito-idp",
    "events",
    "glue",
    "lambda",
    "s3",
    "secretsmanager",
    "ses",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)

# What is left out of the wheels, by path, and why. Licences stay.
SLIMMED: dict[str, str] = {
    "*/tests/*": "tests",
    "*/test/*": "tests",
    "*/conftest.py": "tests",
    "*.dist-info/RECORD": "lists files that are no longer there",
    "*.dist-info/sboms/*": "bills of material, generated",
    "*.pyi": "for type checkers only",
    "*.pyx": "Cython sources",
    "*.pxd": "Cython declarations",
    "*.pxi": "Cython sources",
    "*.tp": "Cython templates",
    "*.h": "headers",
    "*.hpp": "headers",
    "*.c": "sources",
    "*.cc": "sources",
    "*.cpp": "sources",
    "*.a": "static libraries",
    "*.build": "build files",
    "*.cmake": "build files",
    "pyarrow/include/*": "headers",
    "pyarrow/includes/*": "headers",
    "pyarrow/src/*": "sources",
    "pyarrow/*_flight*": "Arrow Flight: a server protocol, unused",
    "pyarrow/*flight.py": "Arrow Flight: a server protocol, unused",
    "pyarrow/_substrait*": "Substrait plans, unused (its library stays: Acero, which joins tables, is linked to it)",
    "pyarrow/substrait.py": "Substrait plans, unused",
    "pyarrow/_s3fs*": "Arrow's own S3 client: S3 is reached through boto3 alone",
    "pyarrow/_gcsfs*": "Google Cloud Storage, unused",
    "pyarrow/_azurefs*": "Azure storage, unused",
    "pyarrow/_hdfs*": "HDFS, unused",
    "pyarrow/*orc*": "ORC files, unused",
    "pyarrow/*parquet_encryption*": "encryption inside Parquet, unused: the bucket encrypts",
    "pyarrow/_pyarrow_cpp_tests*": "tests",
    "pyarrow/libarrow*.so": "the unversioned link, stored as a copy",
    "scipy/io/*": "MATLAB, WAV, Matrix Market: unused",
    "scipy/signal/*": "signal processing: unused",
    "scipy/datasets/*": "sample data",
    "scipy/fftpack/*": "superseded by scipy.fft: unused",
    "scipy/odr/*": "orthogonal distance regression: unused",
    "scipy/misc/*": "empty",
    "scipy/cluster/*": "k-means and dendrograms: unused",
    "numpy/_core/_simd*": "what numpy's own tests call",
    "numpy/_core/*_tests.*": "what numpy's own tests call",
    "pydantic/v1/*": "the API of an earlier release: unused",
    "sklearn/datasets/*": "sample data and its loaders",
    "sklearn/gaussian_process/*": "models that are not used",
    "sklearn/impute/*": "models that are not used",
    "sklearn/inspection/*": "plots of models",
    "sklearn/mixture/*": "models that are not used",
    "sklearn/neural_network/*": "models that are not used",
    "boto3/examples/*": "documentation",
    "botocore/data/*/*/examples-1.json*": "documentation",
}
PAGE = "aws_lambda_powertools/event_handler/openapi/swagger_ui/"
"""The page of the API's document, which the Workshop alone serves: part of its set, not of the base."""

# A versioned library that lies there twice: `libarrow_python.so.2500` is the one that is loaded.
_DUPLICATE = re.compile(r"pyarrow/lib.*\.so\.\d+\.\d+\.\d+$")


def is_slimmed(path: str) -> bool:
    """Whether a wheel's file is left out of the layers."""
    service = re.match(r"botocore/data/([^/]+)/", path)
    if service:
        return service[1] not in SERVICES or fnmatchcase(path, "*/examples-1.json*")
    return bool(_DUPLICATE.match(path)) or any(fnmatchcase(path, pattern) for pattern in SLIMMED)


def without_symbols(binary: bytes) -> bytes:
    """Return a 64-bit ELF library without what follows its last segment: symbol tables and section headers.

    The loader reads segments only; debuggers alone read sections. Anything else is returned as it is.
    """
    if binary[:6] != b"\x7fELF\x02\x01":
        return binary
    (offset,) = struct.unpack_from("<Q", binary, 32)
    size, count = struct.unpack_from("<HH", binary, 54)
    end = offset + size * count
    for header in range(offset, end, size):
        start, length = (
            struct.unpack_from("<Q", binary, header + 8)[0],
            struct.unpack_from("<Q", binary, header + 32)[0],
        )
        end = max(end, start + length)
    kept = bytearray(binary[:end])
    struct.pack_into("<Q", kept, 40, 0)  # offset of the section headers
    struct.pack_into("<HH", kept, 60, 0, 0)  # their number, and which one holds their names
    return bytes(kept)
