"""The page's hosting: private, on one origin with the API, its addresses answered by the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.site import System, synthesize

OUTPUTS = {
    "UserPoolId": "eu-west-1_abc",
    "UserPoolClientId": "client",
    "WorkshopApiUrl": "https://abc123.execute-api.eu-west-1.amazonaws.com",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    page = tmp_path_factory.mktemp("page")
    (page / "assets").mkdir()
    (page / "index.html").write_text("<!doctype html>")
    (page / "assets" / "index-1.js").write_text("1")
    out = tmp_path_factory.mktemp("assembly") / "out"
    synthesize("dev", System.of(OUTPUTS), page, str(out))
    loaded: dict[str, Any] = json.loads((out / "mrs-dev-site.template.json").read_text())
    return loaded


def resources(site: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in site["Resources"].values() if r["Type"] == kind]


def test_buckets_are_private(site: dict[str, Any]) -> None:
    for bucket in resources(site, "AWS::S3::Bucket"):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_page_and_api_share_one_origin(site: dict[str, Any]) -> None:
    (distribution,) = resources(site, "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    (api,) = config["CacheBehaviors"]
    assert api["PathPattern"] == "/api/*"
    assert "DELETE" in api["AllowedMethods"]
    hosts = [o["DomainName"] for o in config["Origins"] if "CustomOriginConfig" in o]
    assert hosts == ["abc123.execute-api.eu-west-1.amazonaws.com"]
    assert len(resources(site, "AWS::CloudFront::OriginAccessControl")) == 1


def test_addresses_of_the_page_lead_to_the_page(site: dict[str, Any]) -> None:
    (function,) = resources(site, "AWS::CloudFront::Function")
    assert "/index.html" in function["FunctionCode"]


def test_no_foreign_script_runs_and_sign_in_is_reached(site: dict[str, Any]) -> None:
    (headers,) = resources(site, "AWS::CloudFront::ResponseHeadersPolicy")
    security = headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert "script-src 'self';" in policy
    assert "https://cognito-idp.eu-west-1.amazonaws.com" in policy


def test_config_names_the_deployed_system() -> None:
    config = System.of(OUTPUTS).config()
    assert config["client_id"] == "client"
    assert config["cognito_endpoint"] == "https://cognito-idp.eu-west-1.amazonaws.com/"
