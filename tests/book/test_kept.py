"""A lawbook kept between runs is the one in the folder, and never an older one."""

from __future__ import annotations

import os
import shutil

import pytest

from fadu.book import SHIPPED, kept, load_book, survey_book


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FADU_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    copied = tmp_path / "lawbook"
    for part in ("statutes", "calendars"):
        shutil.copytree(SHIPPED / part, copied / part)
    shutil.copytree(SHIPPED / "procedures" / "petition", copied / "procedures" / "petition")
    return copied


def files(home):
    return sorted((home / "books").glob("*"))


def test_the_kept_book_is_the_one_read(home, folder):
    read, again = load_book(folder), load_book(folder)
    assert len(files(home)) == 1
    assert [repr(procedure) for procedure in again.procedures] == [repr(procedure) for procedure in read.procedures]
    assert (again.digest, again.codes, again.calendars.keys()) == (read.digest, read.codes, read.calendars.keys())


def test_a_changed_word_is_read_anew(home, folder):
    load_book(folder)
    path = next((folder / "procedures" / "petition").glob("*.yaml"))
    stat = path.stat()
    text = path.read_text(encoding="utf-8")
    name = load_book(folder).versions("petition")[0].name
    path.write_text(text.replace(f"name: {name}", f"name: {name[::-1]}"), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # by its text, not by its date
    assert load_book(folder).versions("petition")[0].name == name[::-1]


def test_a_file_cut_short_is_read_anew(home, folder):
    load_book(folder)
    (path,) = files(home)
    path.write_bytes(path.read_bytes()[:1000])
    assert load_book(folder).codes == ["petition"]
    path.write_bytes(b"")
    assert load_book(folder).codes == ["petition"]


def test_a_book_with_mistakes_is_not_kept(home, folder):
    (folder / "procedures" / "petition" / "2022-05-02.yaml").write_text("name: [", encoding="utf-8")
    assert survey_book(folder)[1] and survey_book(folder)[1]
    assert not files(home)


def test_only_the_newest_stay(home, folder, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    path = next((folder / "procedures" / "petition").glob("*.yaml"))
    for turn in range(4):
        path.write_text(path.read_text(encoding="utf-8") + f"# {turn}\n", encoding="utf-8")
        load_book(folder)
    assert len(files(home)) == 2


def test_a_home_that_cannot_be_written_is_no_hindrance(tmp_path, folder, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FADU_HOME", str(tmp_path / "file"))
    assert load_book(folder).codes == ["petition"]
