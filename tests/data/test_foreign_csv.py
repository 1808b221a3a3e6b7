"""Any CSV that people and programs write is read as what it is, or refused with one clear report."""

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import InputError
from ionlink.data import foreign_csv as module
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.spreadsheet import csv_text, is_formula, spreadsheet_safe

REQUIRED, OPTIONAL, NUMBERS = ("name", "value"), ("note",), ("value",)


def opened(path):
    return open_foreign_csv(path, REQUIRED, OPTIONAL, NUMBERS)


@pytest.fixture
def table(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        "name,value\na,1.5\nb,2\n",
        "\ufeffname,value\r\na,1.5\r\nb,2\r\n",
        "Name , VALUE\n a , 1.5 \n\nb,2",
        'name;value\r\na;1,5\r\n"b";2\r\n',
        "name,value\ra,1.5\rb,2\r",
    ],
)
def test_ways_to_write_the_same_table(table, content):
    found = opened(table(content))
    assert found.faults == ()
    assert [cells["name"] for _, cells in found.rows] == ["a", "b"]
    plain = found.plain(NUMBERS)
    assert next(iter(csv.DictReader(io.StringIO(plain)))) == {"name": "a", "value": "1.5"}


def test_the_plain_table_keeps_its_row_numbers(table):
    plain = opened(table("name,value\n\na,1\n,\nb,2\n")).plain(NUMBERS)
    assert plain == "name,value\n\na,1\n\nb,2\n"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        ("name,value\n", "has a header but no rows"),
        ("name,value\n,\n\n", "has a header but no rows"),
        ("name,wert\na,1\n", "row 1: column 'value' is missing"),
        ("name,value,value\na,1,2\n", "row 1: column 'value' stands 2 times in the header"),
        ("name\tvalue\na\t1\n", "row 1: is separated by tabs"),
        ('name,value\n"a,1\n', "is not a CSV table: near line"),
        ('name,value\n"a"b,1\n', "is not a CSV table: near line 2"),
        (b"name,value\na,\x00\n", "contains NUL bytes"),
        ("name,value\nå,1\n".encode("latin-1"), "is not UTF-8 text"),
        ("name,value\na,1\n".encode("utf-16"), "is not UTF-8 text"),
        (b"PK\x03\x04\x14\x00\x06\x00", "is an Excel workbook or another zip archive"),
        (b"PK\x03\x04\xff\xff\xff\xff", "is an Excel workbook or another zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook; save it"),
        ("name,value\n" + "a" * 200_000 + ",1\n", "field larger than field limit"),
    ],
)
def test_what_is_no_table_is_refused(table, content, fault):
    with pytest.raises(InputError) as error:
        opened(table(content))
    assert any(fault in line for line in error.value.faults), error.value.faults


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError, match="cannot be read"):
            opened(path)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a", "row 3: has 1 cells where the header has 2"),
        ("a,1,2", "row 3: has 3 cells where the header has 2; quote"),
        ("=1+1,1", "row 3, name: '=1+1' runs as a formula"),
        ('"@SUM(A1:A9)",1', "row 3, name: '@SUM(A1:A9)' runs as a formula"),
        ("+cmd|' /C calc'!A0,1", "row 3, name: '+cmd|"),
        ("-2+3,1", "row 3, name: '-2+3' runs as a formula"),
        ("a,=1+1", "row 3, value: '=1+1' runs as a formula"),
    ],
)
def test_misshapen_rows_and_formulas_are_named(table, row, fault):
    found = opened(table(f"name,value\na,1\n{row}\nb,2\n"))
    assert [line.startswith(fault) for line in found.faults] == [True], found.faults


@pytest.mark.parametrize("text", ["-1.5", "+2", "-1,5", "=", "-", "a=b", "C=O", "<", ""])
def test_what_no_spreadsheet_would_run_is_no_formula(text):
    assert not is_formula(text)
    assert spreadsheet_safe(text) == text


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_no_cell_that_is_written_runs(cells):
    columns = [f"c{place}" for place, _ in enumerate(cells)]
    written = csv_text(columns, [dict(zip(columns, cells, strict=True))])
    header, read = csv.reader(io.StringIO(written, newline=""))
    assert header == columns
    assert not any(is_formula(cell.strip()) for cell in read)
    lines = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in lines]


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("foreign") / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        opened(path)


def test_a_million_rows_are_refused_in_bounded_time(table):
    path = table("name,value\n" + "a,1\n" * 1_000_000)
    started = time.process_time()
    with pytest.raises(InputError, match="more than 200000 rows"):
        opened(path)
    assert time.process_time() - started < 20


def test_a_file_that_is_too_large_is_not_even_read(table, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(InputError, match="split it"):
        opened(table("name,value\na,1\n"))
