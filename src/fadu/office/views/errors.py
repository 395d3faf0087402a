"""What is shown where a request is refused."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from fadu.acts.attach import SIZE_LIMIT
from fadu.law.errors import FaduError
from fadu.office.uploading import FileTooBig


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from this site, or is too old."""
    if request.path == reverse("sign-in"):  # signed in meanwhile in another window, or a very old page
        return redirect("sign-in")
    words = "表单已失效或者不是从本系统提交的，没有记录任何内容。请返回，刷新页面后重新提交。"
    details = (
        "怎样做：一、点浏览器的“后退”，把填写的内容复制下来；二、刷新那一页（必要时重新登录）；三、贴回内容，再提交一次。"
        "仍不行的，检查浏览器是否禁用了本站的 Cookie，并把时间和这一页的地址告诉系统管理员。"
    )
    return _refused(request, 403, "没有提交成功", words, details)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that was not read: a form too long, or with too many fields, or not written as a browser writes it."""
    if isinstance(exception, FileTooBig):
        most, sent = SIZE_LIMIT >> 20, exception.size >> 20
        words = f"文件最大 {most} MB，这次提交有 {sent} MB，没有接收，也没有记录任何内容。"
        details = "怎样做：返回后压缩图片、降低扫描的分辨率，或者分成几个文件分别上传；登记表请只留要导入的工作表。"
        return _refused(request, 413, "文件太大", words, details)
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20
        words = f"提交的文字太长（一张表单最多 {limit} MB），没有记录任何内容。"
        details = "怎样做：返回后删减文字；较长的材料存为文件，在办件页“文书和附件”里作为附件上传。"
        return _refused(request, 400, "没有提交成功", words, details)
    words = "请求不完整或者格式不对，没有记录任何内容。"
    details = "怎样做：返回上一页，刷新后重新填写、提交；从别处抄来的地址请核对是否完整。仍不行的，请告诉系统管理员。"
    return _refused(request, 400, "没有读懂这个请求", words, details)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Something the person may not see or do; an act's own words say why."""
    why = str(exception) if isinstance(exception, FaduError) or (exception and exception.args) else ""
    return _refused(request, 403, "没有权限", "您没有权限查看这一页，或者进行这项操作。", why)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address with nothing behind it, or nothing the person may see."""
    return _refused(request, 404, "没有这一页", "没有这一页，或者您不能查看它。请核对地址；办件可能在别的单位。")


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of the program: words alone, since the frame may be what is broken."""
    words = "系统出错，没有记录任何内容。请稍后再试，并把时间告诉系统管理员。"
    return HttpResponse(words, status=500, content_type="text/plain; charset=utf-8")


def _refused(request: HttpRequest, status: int, heading: str, words: str, details: str = "") -> HttpResponse:
    told = {"heading": heading, "words": words, "details": details}
    return render(request, "office/refused.html", told, status=status)
