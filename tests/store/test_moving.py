"""A district comes back from its backup, and goes to another database and back, as the same ledger."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

SRC = Path(__file__).parents[2] / "src"
SERVER = "postgresql://postgres@127.0.0.1:5432"


def fadu(*words: object, **variables: str) -> tuple[int, str]:
    """Exit code and output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FADU_", "DJANGO_"))}
    environment = {**clean, "PYTHONPATH": str(SRC), "PYTHONIOENCODING": "utf-8", **variables}
    done = subprocess.run(
        [sys.executable, "-m", "fadu", *map(str, words)], env=environment, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def told(*words: object) -> dict:
    code, said = fadu(*words, "--json")
    assert code == 0, said
    return json.loads(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A played district in ``town``, with its backups ``bare.tar.gz`` and ``whole.tar.gz``."""
    where = tmp_path_factory.mktemp("moving")
    town = where / "town"
    told("init", town, "--name", "某区", "--code", "MQ", "--simulated")
    told("play", "--district", town, "--cases", "60")
    (town / "uploads" / "register.xlsx").write_bytes(b"register")
    with closing(sqlite3.connect(town / "fadu.sqlite3")) as database:
        database.execute("INSERT INTO django_session VALUES ('signed-in', '', '2099-01-01')")
        database.commit()
    told("backup", "--district", town, "--to", where / "bare.tar.gz")
    told("backup", "--district", town, "--to", where / "whole.tar.gz", "--with-keys")
    return where


@pytest.fixture
def postgres():
    """The URL of an empty database; skipped where no server answers."""
    name = f"fadu_moving_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers at 127.0.0.1:5432")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"{SERVER}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def everything(database: Path) -> dict[str, list]:
    """All rows of the store, and what can be searched for."""
    with closing(sqlite3.connect(database)) as opened:
        names = [row[0] for row in opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'store_%'"
            " AND name NOT LIKE 'store_words_%'"
        )]  # fmt: skip
        found = {name: sorted(opened.execute(f"SELECT rowid, * FROM {name}"), key=repr) for name in names}
    assert len(found["store_event"]) > 100 and len(found["store_words"]) == 60 and len(names) == 33
    return found


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def written(path: Path, contents: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_a_backup_comes_back_as_it_was(folder, tmp_path):
    answer = told("restore", folder / "whole.tar.gz", "--to", tmp_path / "back")
    assert answer["same"] and answer["verified"] == {"integrity": True, "order": True, "completeness": True}
    assert answer["ledger"]["size"] > 100 and len(answer["ledger"]["sm3"]) == 64
    assert everything(tmp_path / "back" / "fadu.sqlite3") == everything(folder / "town" / "fadu.sqlite3")
    assert (tmp_path / "back" / "uploads" / "register.xlsx").read_bytes() == b"register"
    with closing(sqlite3.connect(tmp_path / "back" / "fadu.sqlite3")) as opened:
        assert opened.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            opened.execute("UPDATE store_event SET step = 'other'")
    assert fadu("verify", "--district", tmp_path / "back")[0] == 0
    assert fadu("rebuild", "--check", "--district", tmp_path / "back")[0] == 0


def test_keys_go_along_only_when_asked_for(folder, tmp_path):
    assert not [name for name in members(folder / "bare.tar.gz") if name.startswith("keys/")]
    assert {name for name in members(folder / "whole.tar.gz") if name.startswith("keys/")} >= {"keys/field"}
    code, said = fadu("restore", folder / "bare.tar.gz", "--to", tmp_path / "back")
    assert code == 2 and "备份里没有密钥 field、ledger" in said and "--keys" in said
    assert not (tmp_path / "back").exists()
    assert told("restore", folder / "bare.tar.gz", "--to", tmp_path / "back", "--keys", folder / "town/keys")["same"]


def test_the_words_about_keys(folder, tmp_path):
    assert "密钥不在备份里" in fadu("backup", "--district", folder / "town", "--to", tmp_path / "1.tgz")[1]
    code, said = fadu("backup", "--district", folder / "town", "--to", tmp_path / "2.tgz", "--with-keys")
    assert code == 0 and "密钥在备份里" in said and "账本：" in said


def test_other_keys_are_found_out(folder, tmp_path):
    told("init", tmp_path / "other", "--name", "某区", "--code", "MQ", "--simulated")
    code, said = fadu("restore", folder / "bare.tar.gz", "--to", tmp_path / "back", "--keys", tmp_path / "other/keys")
    assert code == 1 and "密文打不开" in said


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_a_flipped_byte(folder, tmp_path, share):
    data = bytearray((folder / "whole.tar.gz").read_bytes())
    data[int(len(data) * share)] ^= 0x40
    (tmp_path / "bad.tar.gz").write_bytes(data)
    refused(tmp_path / "bad.tar.gz", tmp_path, "已损坏")


@pytest.mark.parametrize("end", [0, 10, -4, -3000])
def test_a_file_cut_short(folder, tmp_path, end):
    (tmp_path / "bad.tar.gz").write_bytes((folder / "whole.tar.gz").read_bytes()[:end])
    refused(tmp_path / "bad.tar.gz", tmp_path, "已损坏")


def refused(archive: Path, tmp_path: Path, words: str) -> None:
    code, said = fadu("restore", archive, "--to", tmp_path / "back")
    assert code == 2 and words in said and "没有恢复" in said, said
    assert not (tmp_path / "back").exists()


def test_a_member_changed_left_out_or_put_in(folder, tmp_path):
    good = members(folder / "whole.tar.gz")
    first = dict(good)
    first["uploads/register.xlsx"] = b"Register"
    refused(written(tmp_path / "1.tgz", first), tmp_path, "uploads/register.xlsx 的内容与清单的 SHA-256 不符")
    second = {name: content for name, content in good.items() if name != "uploads/register.xlsx"}
    refused(written(tmp_path / "2.tgz", second), tmp_path, "缺少 uploads/register.xlsx")
    third = {**good, "documents/ab/stranger": b""}
    refused(written(tmp_path / "3.tgz", third), tmp_path, "documents/ab/stranger 不在清单里")


@pytest.mark.parametrize("name", ["../outside", "{root}/outside", "documents/../../outside", "other.txt"])
def test_a_member_that_leads_elsewhere(folder, tmp_path, name):
    name = name.format(root=tmp_path)
    written(tmp_path / "bad.tgz", {name: b"x", **members(folder / "whole.tar.gz")})
    refused(tmp_path / "bad.tgz", tmp_path, f"不该有的“{name[:80]}”")
    assert not (tmp_path / "outside").exists()


def test_a_link_is_no_member(folder, tmp_path):
    with tarfile.open(tmp_path / "bad.tgz", "w:gz") as tar:
        link = tarfile.TarInfo("documents/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    refused(tmp_path / "bad.tgz", tmp_path, "不该有的“documents/link”")


def test_a_manifest_of_another_ledger(folder, tmp_path):
    good = members(folder / "whole.tar.gz")
    manifest = json.loads(good["manifest.json"])
    manifest["ledger"]["size"] += 1
    written(tmp_path / "1.tgz", {**good, "manifest.json": json.dumps(manifest).encode()})
    code, said = fadu("restore", tmp_path / "1.tgz", "--to", tmp_path / "back")
    assert code == 1 and "两者不同" in said
    written(tmp_path / "2.tgz", {**good, "manifest.json": json.dumps({**manifest, "format": 9}).encode()})
    assert "备份的格式是 9" in fadu("restore", tmp_path / "2.tgz", "--to", tmp_path / "other")[1]


def test_nothing_is_overwritten(folder, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("kept")
    for words in (("restore", folder / "whole.tar.gz", "--to", tmp_path / "full"),
                  ("migrate-store", "--district", folder / "town", "--to", tmp_path / "full")):  # fmt: skip
        code, said = fadu(*words)
        assert code == 2 and "不是空的，不会覆盖" in said
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["kept"]
    code, said = fadu("backup", "--district", folder / "town", "--to", folder / "bare.tar.gz")
    assert code == 2 and "已经存在，不会覆盖" in said
    code, said = fadu("backup", "--district", folder / "town", "--to", tmp_path / "no" / "file.tgz")
    assert code == 2 and "没有文件夹" in said
    code, said = fadu("restore", tmp_path / "none.tgz", "--to", tmp_path / "new")
    assert code == 2 and "没有文件" in said


def test_a_stranger_to_gzip(tmp_path):
    (tmp_path / "words.tar.gz").write_text("不是备份")
    refused(tmp_path / "words.tar.gz", tmp_path, "不是 fadu backup 写的备份")
    (tmp_path / "other.tar.gz").write_bytes(gzip.compress(b"not a tar"))
    refused(tmp_path / "other.tar.gz", tmp_path, "不是 fadu backup 写的备份")


def test_another_database_is_named_by_its_url(folder):
    code, said = fadu("migrate-store", "--district", folder / "town", "--to", "mysql://root@127.0.0.1/x")
    assert code == 2 and "不是 PostgreSQL 的地址" in said
    code, said = fadu("migrate-store", "--district", folder / "town", "--to", "postgresql://a@127.0.0.1:1/x")
    assert code == 2 and "目标数据库用不了" in said
    assert "database" not in (folder / "town" / "district.toml").read_text()


def copy_of(folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(folder / "town", tmp_path / "town")
    return tmp_path / "town"


def test_there_and_back(folder, tmp_path, postgres):
    town = copy_of(folder, tmp_path)
    there = told("migrate-store", "--district", town, "--to", postgres)
    assert there["from"] == there["to"] and there["from"]["size"] > 100 and there["differences"] == 0
    assert f'database = "{postgres}"' in (town / "district.toml").read_text()
    assert fadu("verify", "--district", town)[0] == 0
    back = told("migrate-store", "--district", town, "--to", tmp_path / "back")
    assert back["from"] == back["to"] == there["from"] and back["rows"] == there["rows"]
    assert all(back["verified"].values()) and back["differences"] == 0
    before, after = everything(town / "fadu.sqlite3"), everything(tmp_path / "back" / "fadu.sqlite3")
    lettered = {"store_case", "store_figure", "store_setting", "store_holidayyear", "store_importmapping",
                "store_importbatch", "store_words"}  # JSON: the same value in other letters
    for name in before.keys() - lettered:
        assert before[name] == after[name], name
    assert not [key for (key, words), (_, again) in zip(before["store_words"], after["store_words"], strict=True)
                if words not in again]  # fmt: skip
    assert "database" not in (tmp_path / "back" / "district.toml").read_text()


def test_postgres_guards_and_counts_on(folder, tmp_path, postgres):
    town = copy_of(folder, tmp_path)
    told("migrate-store", "--district", town, "--to", postgres)
    with psycopg.connect(postgres) as opened:
        last = opened.execute("SELECT max(id) FROM store_case").fetchone()[0]
        assert opened.execute("SELECT nextval(pg_get_serial_sequence('store_case', 'id'))").fetchone() == (last + 1,)
        assert opened.execute("SELECT count(*) FROM store_words").fetchone() == (60,)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            opened.execute("DELETE FROM store_leaf")
    code, said = fadu("migrate-store", "--district", folder / "town", "--to", postgres)
    assert code == 2 and "已经有一个区" in said


def test_a_backup_from_postgres(folder, tmp_path, postgres):
    town = copy_of(folder, tmp_path)
    there = told("migrate-store", "--district", town, "--to", postgres)
    made = told("backup", "--district", town, "--to", tmp_path / "pg.tar.gz", "--with-keys")
    assert made["database"] == "postgresql" and made["ledger"] == there["to"]
    answer = told("restore", tmp_path / "pg.tar.gz", "--to", tmp_path / "back")
    assert answer["same"] and all(answer["verified"].values()) and answer["ledger"] == there["to"]
    assert postgres not in (tmp_path / "back" / "district.toml").read_text()  # never the one backed up
    assert not (tmp_path / "back" / "tables").exists()
    assert fadu("rebuild", "--check", "--district", tmp_path / "back")[0] == 0


def test_a_backup_into_postgres(folder, tmp_path, postgres):
    answer = told("restore", folder / "whole.tar.gz", "--to", tmp_path / "back", "--database", postgres)
    assert answer["same"] and all(answer["verified"].values())
    assert not (tmp_path / "back" / "fadu.sqlite3").exists()
    assert fadu("rebuild", "--check", "--district", tmp_path / "back")[0] == 0


def test_what_waits_for_its_place_is_moved_too(folder, tmp_path, postgres):
    """Events that PostgreSQL has not yet given a place get one on SQLite, after the ledgers were compared."""
    town = copy_of(folder, tmp_path)
    told("migrate-store", "--district", town, "--to", postgres)
    with psycopg.connect(postgres) as opened:
        size = opened.execute("SELECT size FROM store_tree").fetchone()[0]
        from fadu.ledger.hashes import Pair
        from fadu.ledger.tree import Frontier

        kept = opened.execute(
            'SELECT event_id, sm3, sha256 FROM store_leaf JOIN store_event ON id = event_id ORDER BY "index"'
        ).fetchall()[: size - 1]
        edge, _ = Frontier().extend([Pair(sm3, sha256) for _, sm3, sha256 in kept])
        opened.execute("DROP TRIGGER store_leaf_append ON store_leaf")
        opened.execute('INSERT INTO store_unsequenced SELECT event_id FROM store_leaf WHERE "index" = %s', [size - 1])
        opened.execute('DELETE FROM store_leaf WHERE "index" = %s', [size - 1])
        opened.execute("DELETE FROM store_checkpoint WHERE size = %s", [size])
        opened.execute("UPDATE store_tree SET size = %s, frontier = %s", [edge.size, edge.to_bytes()])
    back = told("migrate-store", "--district", town, "--to", tmp_path / "back")
    assert back["from"]["size"] == back["to"]["size"] == size - 1
    assert told("backup", "--district", tmp_path / "back", "--to", tmp_path / "1.tgz")["ledger"]["size"] == size
    assert all(back["verified"].values())
