"""Signing in: a first password, a second factor that everyone has to set up, and the code at each later sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from moto.cognitoidp.utils import cognito_totp

from tests.browser.conftest import PASSWORD, Served, Visitor
from tests.browser.test_reading import PAGES, faults

Visit = Callable[..., Visitor]


@pytest.fixture
def pool(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pool as Cognito has it: it asks for codes, and checks them; moto leaves that out unless told."""
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    client, name = served.state.stack.client("cognito-idp"), served.state.stack.outputs["UserPoolId"]
    client.set_user_pool_mfa_config(
        UserPoolId=name, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    address = [{"Name": "email", "Value": "nina@example.com"}]
    client.admin_create_user(
        UserPoolId=name, Username="nina", UserAttributes=address, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    client.admin_add_user_to_group(UserPoolId=name, Username="nina", GroupName="analyst")
    yield
    client.admin_delete_user(UserPoolId=name, Username="nina")


def test_a_person_sets_up_an_authenticator_once_and_is_asked_for_its_code_later(visit: Visit, pool: None) -> None:
    here = visit(None)
    page = here.go("/inbox")

    def answer(label: str, text: str) -> None:
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("button", name="Sign in").click()

    page.get_by_label("User name").fill("nina")
    answer("Password", PASSWORD)
    page.get_by_text("Choose a new password.").wait_for()
    answer("New password", "Another-pass-456")
    page.get_by_text("Add this key to an authenticator app").wait_for()
    key = page.locator("code").inner_text()
    assert faults(page) == []
    here.shot("second-factor")
    answer("Code", "000000")
    page.get_by_role("alert").filter(has_not_text="Add this key").wait_for()
    answer("Code", _code(key))
    page.wait_for_selector(PAGES["inbox"][1])
    page.evaluate("localStorage.removeItem('mrs.session')")
    page.reload()
    page.get_by_label("User name").fill("nina")
    answer("Password", "Another-pass-456")
    page.get_by_text("Type the code that your authenticator app shows.").wait_for()
    assert page.locator("code").count() == 0
    answer("Code", _code(key))
    page.wait_for_selector(PAGES["inbox"][1])


def _code(key: str) -> str:
    return str(cognito_totp(key).generate(int(time.time())).decode())
