"""commands.md: every command with its arguments and options, as click knows them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import click

from fadu.cli import COMMANDS, group
from pages.markdown import Pages, page, table

INTRO = """\
每个命令都有 `--help`。屏幕上是中文；加 `--json` 得到同样内容的 JSON，键见[回答](answers.md)。退出码：`0` 成功，
`1` 核对发现了错误（`fadu law check`、`fadu law coverage`）或者有行退回（`fadu import`），`2` 用法、文件或者法典有错。
错误在标准错误输出上，写明在哪里、接受什么；种类见[出错的话](errors.md)。"""


def command_page() -> Pages:
    """One section per command, subcommands included."""
    blocks = [block for path, command in commands() for block in _section(path, command)]
    return {"reference/commands.md": page("命令", INTRO, *blocks)}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that exists, with its full name."""
    root = click.Context(group, info_name="fadu")
    yield "fadu", group
    for name in group.list_commands(root):
        if find_spec(COMMANDS[name].partition(":")[0]) is None:
            continue
        command = group.get_command(root, name)
        if command is not None:
            yield from _walk(f"fadu {name}", command)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(f"{path} {name}", command.commands[name])


def _section(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"## {path}"
    yield (command.help or "").strip()
    yield f"```text\n{' '.join([path, *command.collect_usage_pieces(context)])}\n```"
    arguments = [item for item in command.params if isinstance(item, click.Argument)]
    yield table(("参数", "必须", "接受"), (_argument(item, context) for item in arguments))
    options = [item for item in command.params if isinstance(item, click.Option)]
    yield table(("选项", "接受", "说明"), (_option(item, context) for item in options))
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        yield "子命令：" + "、".join(f"`{name}`" for name in names if _exists(path, name))


def _exists(path: str, name: str) -> bool:
    return path != "fadu" or find_spec(COMMANDS[name].partition(":")[0]) is not None


def _argument(argument: click.Argument, context: click.Context) -> tuple[str, str, str]:
    many = "，可以多个" if argument.nargs != 1 else ""
    return f"`{argument.make_metavar(context)}`", "是" if argument.required else "否", _type(argument) + many


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = "、".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        accepted = ""
    else:
        accepted = f"`{option.make_metavar(context)}`" + ("，可以重复" if option.multiple else "")
    default = _default(option)
    text = (option.help or "").strip() + ("（必须）" if option.required else "") + default
    return names, accepted, text


def _default(option: click.Option) -> str:
    shown = option.default
    if option.is_flag or callable(shown) or not isinstance(shown, str | int | float) or isinstance(shown, bool):
        return ""
    return f"（默认 {shown}）"


def _type(parameter: click.Parameter) -> str:
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return "、".join(f"`{choice}`" for choice in kind.choices)
    names = {"DATE": "日期，如 2024-02-07", "integer": "整数", "float": "数字"}
    return "文件或者文件夹" if isinstance(kind, click.Path) else names.get(kind.name, "文字")
