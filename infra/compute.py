"""The Lambda functions on their shared layers, each with a role for exactly what it declares."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import aws_cdk as cdk
import mrs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

import functions
from infra.layers import ARCHITECTURE, BASE, RUNTIME, DependencyLayers
from infra.policies import Places, statements, watching
from infra.stages import FUNCTIONS, StageFunction

_FUNCTIONS = Path(functions.__file__).parent
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""One BLAS thread: a function's memory sets its cores, and sums made by more threads differ in the last digits."""
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""One heap for all threads: what one thread has freed, the next can use. `local.light.one_heap` does so on a laptop."""


class Compute(Construct):
    """Layers and functions; `functions` maps a stage function's name to its Lambda function."""

    def __init__(
        self, scope: Construct, construct_id: str, *, places: Places, environment: Mapping[str, str], assets: Path
    ) -> None:
        super().__init__(scope, construct_id)
        self._assets = assets
        self._layers = DependencyLayers(self, "Dependencies", assets=assets).layers
        self._mrs = lambda_.LayerVersion(
            self,
            "Mrs",
            description="What every function shares",
            code=lambda_.Code.from_asset(str(shared_asset(assets))),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
        self._sizes = self._given_sizes()
        self.functions = {f.name: self._function(f, places, environment) for f in FUNCTIONS}
        if self._sizes:
            raise SystemExit(f"the context's memory names no function: {', '.join(sorted(self._sizes))}")

    def watch(self, queues: Iterable[sqs.IQueue]) -> None:
        """Let the functions whose stage watches the dead-letter queues count their messages."""
        queues = list(queues)
        for function in (self.functions[f.name] for f in FUNCTIONS if f.watches_queues):
            function.add_to_role_policy(watching([queue.queue_arn for queue in queues]))
            function.add_environment("DEAD_LETTER_QUEUE_URLS", cdk.Fn.join(",", [q.queue_url for q in queues]))

    def _given_sizes(self) -> dict[str, int]:
        """Return the context's `memory`: megabytes by function, for a retailer that needs more than the default."""
        given = self.node.try_get_context("memory") or {}
        sizes: dict[str, int] = json.loads(given) if isinstance(given, str) else dict(given)
        return sizes

    def _function(self, spec: StageFunction, places: Places, environment: Mapping[str, str]) -> lambda_.Function:
        title = spec.name.title()
        log_group = logs.LogGroup(
            self, f"{title}Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(self, f"{title}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        for statement in statements(spec, places):
            role.add_to_policy(statement)
        log_group.grant_write(role)
        return lambda_.Function(
            self,
            title,
            description=f"MRS stage {spec.name}",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=lambda_.Code.from_asset(str(function_asset(spec.folder, self._assets))),
            handler=spec.handler,
            role=role,
            layers=[self._mrs, *(self._layers[name] for name in dict.fromkeys((BASE, spec.layer)))],
            memory_size=self._sizes.pop(spec.name, spec.memory_mb),
            timeout=cdk.Duration.seconds(spec.timeout_s),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": spec.name, **ONE_THREAD, **ONE_HEAP},
        )


def function_asset(folder: str, assets: Path) -> Path:
    """Copy one folder of `functions/` below `assets`, as Lambda will unpack it, and return the copy's path."""
    asset = assets / folder
    if not asset.exists():
        package = asset / "functions"
        package.mkdir(parents=True)
        shutil.copy(_FUNCTIONS / "__init__.py", package)
        shutil.copytree(_FUNCTIONS / folder, package / folder, ignore=_NOT_CODE)
    return asset


def shared_asset(assets: Path) -> Path:
    """Copy the shared layer below `assets` and return the copy's path."""
    asset = assets / "mrs"
    if not asset.exists():
        shutil.copytree(Path(mrs.__file__).parent, asset / "python/mrs", ignore=_NOT_CODE)
    return asset
