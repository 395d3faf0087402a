#!/usr/bin/env bash
# Makes .venv from the lock files. Needs Python 3.11 or newer with venv; as root on Debian it installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

fail() { printf '%s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null || fail "没有找到 $python。需要 Python 3.11 或更新版本（Debian：apt-get install python3 python3-venv）。"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$("$python" --version) 太旧；需要 Python 3.11 或更新版本。"
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "安装 python3-venv …"
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
  else
    fail "缺少系统包 python3-venv。请由管理员执行：apt-get install python3-venv"
  fi
fi
# Pages are tested in Chromium and documents are set in Chinese fonts: what is missing is installed, or named.
missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk fontconfig)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "安装 ${missing[*]} …"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "缺少系统包：${missing[*]}。需要它们的测试会跳过，文书不能排版；请由管理员执行：apt-get install ${missing[*]}" >&2
  fi
fi
[ -x .venv/bin/python ] || { echo "建立 .venv …"; "$python" -m venv .venv; }
echo "安装依赖（已锁定版本与校验值）…"
.venv/bin/python -m pip install -q --disable-pip-version-check "uv==0.13.9" 2> >(grep -v '^WARNING: Location' >&2 || true)
.venv/bin/uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r requirements/dev.lock
.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
