"""How one milestone names another."""

import pytest

from slipwatch.config.references import resolve_reference


@pytest.mark.parametrize(
    ("reference", "full"),
    [
        ("api-ga", "checkout/payments/api-ga"),
        ("web/cart", "checkout/web/cart"),
        ("platform/identity/login-ga", "platform/identity/login-ga"),
    ],
)
def test_what_is_left_out_is_taken_from_where_the_reference_stands(
    reference: str, full: str
) -> None:
    assert resolve_reference(reference, "checkout", "payments") == full


@pytest.mark.parametrize("reference", ["", "/", "a//b", "a/b/c/d", "web/", "/cart"])
def test_what_has_no_such_form_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="program/project/milestone"):
        resolve_reference(reference, "checkout", "payments")
