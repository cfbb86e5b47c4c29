"""Sign-in with a brake on guessing; every try is an audit row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from congto.office.control.sign_in import keep_try, must_wait

if TYPE_CHECKING:
    from django.http import HttpResponse


class SignInForm(AuthenticationForm):
    """Name and password; a person who guessed too often waits."""

    error_messages = {  # noqa: RUF012  (the framework's own way to change its sentences)
        "invalid_login": _("Sai tên đăng nhập hoặc mật khẩu. Kiểm tra chữ hoa, bộ gõ tiếng Việt."),
        "inactive": _("Tài khoản này đã khóa."),
        "wait": _("Sai quá nhiều lần. Thử lại sau %(minutes)s phút."),
    }

    def clean(self) -> dict[str, Any]:
        """Refuse before the password is looked at while the person must wait."""
        name, address = self.data.get("username", ""), self.address
        minutes = must_wait(name, address, at=timezone.now())  # noqa: TID251  (a door)
        if minutes:
            raise ValidationError(
                self.error_messages["wait"], code="wait", params={"minutes": minutes}
            )
        return super().clean()

    @property
    def address(self) -> str:
        """Return the address the request came from."""
        return str(self.request.META.get("REMOTE_ADDR", "")) if self.request else ""


class SignIn(LoginView):
    """The sign-in page; the session's key changes when the person is known."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        self._keep(form, accepted=True)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if not form.has_error("__all__", code="wait"):
            self._keep(form, accepted=False)
        return super().form_invalid(form)

    def _keep(self, form: AuthenticationForm, *, accepted: bool) -> None:
        keep_try(
            form.data.get("username", ""),
            str(self.request.META.get("REMOTE_ADDR", "")),
            accepted=accepted,
            at=timezone.now(),  # noqa: TID251  (a door)
        )
