"""A file that exists is complete."""

from ionlink.data.whole_file import write_whole


def test_text_comes_back_and_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "new folder" / "file.json"
    write_whole(path, "erster Entwurf, länger")
    write_whole(path, "Å")
    assert path.read_text("utf-8") == "Å"
    assert [file.name for file in path.parent.iterdir()] == ["file.json"]
    assert path.stat().st_mode & 0o777 == 0o644
