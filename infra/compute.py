"""The Lambda functions: one per stage, on shared layers, each with a role that allows what it declares."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.policies import Places, statements
from infra.stages import FUNCTIONS, StageFunction

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")


class Compute(Construct):
    """Layers and functions; `functions` maps a stage function's name to its Lambda function."""

    def __init__(
        self, scope: Construct, construct_id: str, *, places: Places, environment: Mapping[str, str], assets: Path
    ) -> None:
        super().__init__(scope, construct_id)
        self._assets = assets
        self._layers = {name: self._dependencies(name) for name in ("models", "queries")}
        self._mrs = self._layer("Mrs", self._staged("mrs", ROOT / "layers/mrs/python/mrs", "python/mrs"))
        self.functions = {f.name: self._function(f, places, environment) for f in FUNCTIONS}

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
            code=lambda_.Code.from_asset(str(self._staged(spec.folder, ROOT / "functions" / spec.folder))),
            handler=spec.handler,
            role=role,
            layers=[self._mrs, self._layers[spec.layer]],
            memory_size=spec.memory_mb,
            timeout=cdk.Duration.seconds(spec.timeout_s),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": spec.name},
        )

    def _staged(self, name: str, source: Path, target: str = "") -> Path:
        """Copy the sources of one asset to a folder of its own, as they are laid out in the function."""
        asset = self._assets / name
        if not asset.exists():
            asset.mkdir(parents=True)
            if not target:
                shutil.copy(ROOT / "functions/__init__.py", _made(asset / "functions"))
            if source.exists():
                shutil.copytree(source, asset / (target or f"functions/{name}"), ignore=_NOT_CODE)
        return asset

    def _dependencies(self, name: str) -> lambda_.LayerVersion:
        built = ROOT / "build/layers" / name
        if built.exists():
            return self._layer(f"Dependencies-{name}", built)
        placeholder = _made(self._assets / f"dependencies-{name}")
        (placeholder / "README").write_text("Not built: run `python layers/build.py` before a deployment.\n")
        layer = self._layer(f"Dependencies-{name}", placeholder)
        cdk.Annotations.of(layer).add_info(f"the {name} layer is a placeholder: run layers/build.py before deploying")
        return layer

    def _layer(self, name: str, folder: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            f"{name}Layer",
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
