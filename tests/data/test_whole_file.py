"""A file that exists is complete."""

import errno

import pytest

from ionlink.data.whole_file import write_whole


def test_text_comes_back_and_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "new folder" / "file.json"
    write_whole(path, "erster Entwurf, länger")
    write_whole(path, "Å")
    assert path.read_text("utf-8") == "Å"
    assert [file.name for file in path.parent.iterdir()] == ["file.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_no_room_leaves_the_older_file_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_whole(path, "old")

    def no_room(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ionlink.data.whole_file.os.fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert [file.read_text("utf-8") for file in tmp_path.iterdir()] == ["old"]
