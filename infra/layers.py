"""The dependency layers built by `layers/build.py`, or placeholders that CloudFormation refuses to deploy."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64
BASE = "base"
NAMES = (BASE, "models", "tables")
_NOT_BUILT = "the dependency layers are not built from the present lock file: run `make layers` before a deployment"


class DependencyLayers(Construct):
    """The sets of third-party packages; `layers` maps a set's name to its layer.

    Without a build the stack still synthesizes, and runs on the local AWS, with a README in place of the packages. A
    rule in the template then makes CloudFormation refuse the deployment before it changes anything.
    """

    def __init__(self, scope: Construct, construct_id: str, *, assets: Path) -> None:
        super().__init__(scope, construct_id)
        built = built_layers()
        if built is None:
            refuse_deployment(self, "LayersAreBuilt", _NOT_BUILT)
        self.layers = {name: self._layer(name, (built or _placeholders(assets))[name]) for name in NAMES}

    def _layer(self, name: str, content: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name.title(),
            description=f"Third-party packages: {name}",
            code=lambda_.Code.from_asset(str(content)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def refuse_deployment(place: Construct, name: str, why: str) -> None:
    """Let the stack synthesize with a warning, and CloudFormation refuse it before it changes anything."""
    cdk.Annotations.of(place).add_warning_v2(f"mrs:{name}", why)
    never = cdk.CfnRuleAssertion(assert_=cdk.Fn.condition_equals("never", "true"), assert_description=why)
    cdk.CfnRule(cdk.Stack.of(place), name, assertions=[never])


def built_layers(root: Path = ROOT) -> dict[str, Path] | None:
    """Return the archives by set, or None if they are absent or were built from another lock file or recipe."""
    folder = root / "build/layers/lambda"
    if not (folder / "manifest.json").exists():
        return None
    recipe = [root / "requirements/runtime.txt", *sorted((root / "layers").glob("*.py"))]
    recipe += [root / "layers/compiler" / name for name in ("compile.mjs", "compile.py", "package-lock.json")]
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["inputs"] != hashlib.sha256(b"".join(p.read_bytes() for p in recipe)).hexdigest():
        return None
    return {name: folder / f"{name}.zip" for name in NAMES}


def _placeholders(assets: Path) -> dict[str, Path]:
    made = {name: assets / f"dependencies-{name}" for name in NAMES}
    for folder in made.values():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README").write_text("Not built: run `make layers` before a deployment.\n")
    return made
