"""``fadu serve``: the office, on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.law.errors import FaduError


@click.command(help="打开办公网站（http://127.0.0.1:8000），直到 Ctrl-C；同时运行后台任务。")
@district_option
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="监听的端口。")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="进程数。")
@click.option("--worker/--no-worker", "background", default=True, help="是否同时运行后台任务（fadu worker）。")
def serve(district: Path | None, host: str, port: int, workers: int, background: bool) -> None:
    use_district(district)
    from granian import Granian
    from granian.constants import Interfaces

    child = _background() if background else None
    click.echo(f"办公网站：http://{host}:{port}　按 Ctrl-C 结束")
    try:
        Granian(
            "fadu.office.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
            blocking_threads=4, log_enabled=False,
        ).serve()  # fmt: skip
    except OSError as error:
        raise FaduError(f"端口 {port} 打不开：{error.strerror}；换一个端口，如 --port {port + 1}") from None
    finally:
        if child is not None:
            child.terminate()
            child.wait()


def _background() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "fadu", "worker"], env=os.environ.copy())
