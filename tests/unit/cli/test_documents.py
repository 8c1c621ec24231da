"""`vestibule documents`: what mongodump and mongoexport write comes in, and goes out again."""

from __future__ import annotations

import errno
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import bson
import pytest
from bson import DatetimeMS, Decimal128, Int64, ObjectId, Timestamp

from server import ejson
from server.cli.commands import run_command
from server.documents.admission import CODEC
from server.ejson import Document

Vestibule: TypeAlias = Callable[..., int]
PEOPLE: list[Document] = [
    {"_id": ObjectId("0123456789abcdef01234567"), "name": "Ada", "n": Int64(1), "price": Decimal128("1.10")},
    {"_id": 2, "name": 'quo"ted \\ {[}]', "at": DatetimeMS(-62_135_596_800_001), "stamp": Timestamp(5, 6)},
    {"_id": "three", "nested": {"list": [{"a": 1}, [], "ü\n"]}, "email": "c@example.org"},
]
DUMPED = b"".join(bson.encode(person, codec_options=CODEC) for person in PEOPLE)
METADATA: dict[str, list[dict[str, object]] | dict[str, object]] = {
    "options": {},
    "indexes": [
        {"v": {"$numberInt": "2"}, "key": {"_id": {"$numberInt": "1"}}, "name": "_id_"},
        {"v": 2, "key": {"email": 1}, "name": "by_email", "unique": True, "sparse": True, "ns": "shop.people"},
        {"v": 2, "key": {"place": "2dsphere"}, "name": "by_place"},
    ],
}


@pytest.fixture
def vestibule(tmp_path: Path) -> Vestibule:
    """The command on a data directory of its own."""

    def run(action: str, *arguments: object) -> int:
        return run_command(["documents", action, "app", *map(str, arguments), "--data-dir", str(tmp_path / "data")])

    return run


def found(vestibule: Vestibule, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[object]:
    """The documents that `find` prints."""
    capsys.readouterr()
    assert vestibule("find", "shop", "people", *arguments) == 0
    return [ejson.loads(line) for line in capsys.readouterr().out.splitlines()]


def checksum(data: bytes) -> int:
    """CRC-64 with ECMA-182's polynomial, reflected, bit by bit; signed, as BSON has 64-bit integers."""
    value = 2**64 - 1
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xC96C5795D7870F42 if value & 1 else 0)
    return int.from_bytes((value ^ (2**64 - 1)).to_bytes(8, "little"), "little", signed=True)


def archive() -> bytes:
    """An archive of mongodump: two collections, whose blocks take turns."""
    names: list[Document] = [{"db": "shop", "collection": "people"}, {"db": "shop", "collection": "others"}]
    end = b"\xff\xff\xff\xff"
    prelude = bson.encode({"concurrent_collections": 4, "version": "0.1"}) + b"".join(
        bson.encode({**name, "metadata": json.dumps(METADATA), "size": 1, "type": "collection"}) for name in names
    )
    blocks: list[tuple[int, list[Document], bool]] = [
        (0, PEOPLE[:1], False),
        (1, [{"_id": 9}], False),
        (0, PEOPLE[1:], False),
        (0, [], True),
        (1, [], True),
    ]
    sums = [checksum(DUMPED), checksum(bson.encode({"_id": 9}))]
    body = b"".join(
        bson.encode({**names[which], "EOF": is_last, "CRC": Int64(sums[which] if is_last else 0)})
        + b"".join(bson.encode(document, codec_options=CODEC) for document in documents)
        + end
        for which, documents, is_last in blocks
    )
    return b"\x6d\xe2\x99\x81" + prelude + end + body


END_OF_OTHERS = bson.encode({"db": "shop", "collection": "others", "EOF": True, "CRC": Int64(0)}) + b"\xff" * 4
"""What such an archive ends with."""


def nested(depth: int) -> bytes:
    """A document with so many levels below it, which MongoDB stores and the embedded engine would not give back."""
    value: Document = {}
    for _ in range(depth):
        value = {"a": value}
    return bson.encode({"_id": 1, **value})


def lines(documents: list[Document]) -> bytes:
    """As mongoexport writes them."""
    return b"".join(ejson.dumps(document) + b"\n" for document in documents)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["folder", "file", "archive", "lines", "array"])
def test_every_form_comes_in(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, *, packed: bool
) -> None:
    """All BSON types survive; databases and collections are named by the files, or as asked."""
    contents = {
        "folder": DUMPED,
        "file": DUMPED,
        "archive": archive(),
        "lines": lines(PEOPLE),
        "array": b"[" + b",".join(lines(PEOPLE).splitlines()) + b"]\n",
    }
    folder = tmp_path / "dump" / "shop"
    folder.mkdir(parents=True)
    file = folder / {"archive": "x.archive", "lines": "people.json", "array": "people.json"}.get(form, "people.bson")
    pack = gzip.compress if packed else bytes
    file = file.with_name(file.name + (".gz" if packed else ""))
    file.write_bytes(pack(contents[form]))
    (folder / f"people.metadata.json{'.gz' if packed else ''}").write_bytes(pack(json.dumps(METADATA).encode()))

    assert vestibule("import", tmp_path / "dump" if form == "folder" else file) == 0
    assert found(vestibule, capsys) == PEOPLE


def test_indexes_come_with_the_documents(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the metadata name is made; what the store does not have is named and left out."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "people.bson").write_bytes(DUMPED)
    (folder / "people.metadata.json").write_text(json.dumps(METADATA))
    assert vestibule("import", folder) == 0
    said = capsys.readouterr()
    assert vestibule("indexes", "shop", "people", "--make", '{"name": -1}', "--options", '{"name": "byName"}') == 0
    assert vestibule("indexes", "shop", "people", "--drop", "by_email") == 0
    listed = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]

    assert "shop.people: 3 documents" in said.out
    assert "index by_place was left out: the index type 2dsphere is not supported" in said.err
    assert listed == ["_id_", "by_email", "byName", "_id_", "byName"]


@pytest.mark.parametrize("content", [nested(100), b'\xef\xbb\xbf{"_id": 1}\n{"_id": 2}\n'])
def test_unusual_files_come_in(vestibule: Vestibule, tmp_path: Path, content: bytes) -> None:
    """The deepest document that may be kept, and text behind a byte order mark."""
    (tmp_path / "people.json").write_bytes(content)

    assert vestibule("import", tmp_path / "people.json", "--database", "shop") == 0


def test_stopped_import_goes_on(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done again, an import adds what was missing and nothing twice, also where documents have no `_id`."""
    monkeypatch.setattr("server.cli.stored_documents.StoredPlace.most_together", 2)
    without: list[Document] = [{"n": number} for number in range(7)]
    file = tmp_path / "people.json"
    file.write_bytes(lines(without)[:-20] + b"{broken\n")
    assert vestibule("import", file, "--database", "shop") == 1
    assert "line 7" in capsys.readouterr().err
    assert len(found(vestibule, capsys)) == 6
    file.write_bytes(lines(without))
    assert vestibule("import", file, "--database", "shop") == 0
    assert "1 documents, 6 were there already" in capsys.readouterr().out
    numbers = found(vestibule, capsys, "{}", "--project", '{"n": 1, "_id": 0}')

    assert numbers == without


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["lines", "array", "bson", "archive"])
def test_exported_documents_come_in_again(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, *, packed: bool
) -> None:
    """Each form of an export is one of an import, and nothing is lost on the way."""
    source = tmp_path / "people.bson"
    source.write_bytes(DUMPED)
    vestibule("import", source, "--database", "shop")
    vestibule("indexes", "shop", "people", "--make", '{"name": 1}')
    out = tmp_path / "out"
    gzip_option = ["--gzip"] if packed else []
    assert vestibule("export", "shop", "people", out, "--format", form, *gzip_option) == 0
    assert vestibule("import", out, "--database", "again", "--collection", "copy") == 0
    capsys.readouterr()
    assert vestibule("find", "again", "copy") == 0
    copied = [ejson.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert copied == PEOPLE


def test_names_of_collections_lead_to_no_other_folder(vestibule: Vestibule, tmp_path: Path) -> None:
    """Users name collections, and a dump has a file for each: it lies in the dump and comes in under its name."""
    source = tmp_path / "people.bson"
    source.write_bytes(DUMPED)
    names = [f"{tmp_path}/outside/evil", "a/../../../evil", "50%2Foff\\"]
    for name in names:
        assert vestibule("import", source, "--database", "shop", "--collection", name) == 0
    (tmp_path / "outside").mkdir()
    for out, service in (("out", ()), ("again", ("--service", "other"))):
        assert vestibule("export", "*", "*", tmp_path / out, "--format", "bson", *service) == 0
        assert vestibule("import", tmp_path / "out", "--service", "other") == 0

    assert list((tmp_path / "outside").iterdir()) == []
    assert not (tmp_path / "evil.bson").exists()
    files = [sorted(file.name for file in (tmp_path / out / "shop").iterdir()) for out in ("out", "again")]
    assert files[0] == files[1]
    assert len(files[0]) == 2 * len(names)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["bson", "archive"])
def test_everything_goes_out_and_comes_in_the_same(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, *, packed: bool
) -> None:
    """All collections of a data source, empty ones too, with their bytes and indexes, in another data source."""
    (tmp_path / "shop.archive").write_bytes(archive())
    vestibule("import", tmp_path / "shop.archive")
    vestibule("import", tmp_path / "shop.archive", "--database", "second")
    vestibule("indexes", "second", "empty", "--make", '{"a": -1, "b.c": 1}', "--options", '{"sparse": true}')
    gzip_option = ["--gzip"] if packed else []
    assert vestibule("export", "*", "*", tmp_path / "out", "--format", form, *gzip_option) == 0
    assert vestibule("import", tmp_path / "out", "--service", "other") == 0
    assert vestibule("export", "*", "*", tmp_path / "again", "--format", form, "--service", "other") == 0
    said = capsys.readouterr().out

    for name in ("shop.people", "shop.others", "second.people", "second.others", "second.empty"):
        assert f"{name}: " in said
    pairs = [(file, tmp_path / "again" / file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*")]
    for file, same in pairs or [(tmp_path / "out", tmp_path / "again")]:
        if file.is_file():
            unpack = gzip.decompress if packed else bytes
            assert unpack(file.read_bytes()) == same.with_name(same.name.removesuffix(".gz")).read_bytes()


def test_archive_is_as_mongodump_writes_it(vestibule: Vestibule, tmp_path: Path) -> None:
    """Magic number, prelude, blocks with their headers, and a checksum at each collection's end."""
    (tmp_path / "people.bson").write_bytes(DUMPED)
    vestibule("import", tmp_path / "people.bson", "--database", "shop")
    assert vestibule("export", "shop", "people", tmp_path / "out", "--format", "archive") == 0
    content = (tmp_path / "out").read_bytes()
    names = {"db": "shop", "collection": "people"}
    prelude, body, end, nothing = content[4:].split(b"\xff\xff\xff\xff")
    header, documents = body[: -len(DUMPED)], body[-len(DUMPED) :]
    head, described = bson.decode_all(prelude)

    assert content[:4] == b"\x6d\xe2\x99\x81"
    assert (head["version"], head["concurrent_collections"]) == ("0.1", 1)
    assert {"db", "collection", "metadata", "size", "type"} == set(described)
    assert json.loads(described["metadata"])["indexes"][0]["name"] == "_id_"
    assert bson.decode(header) == {**names, "EOF": False, "CRC": 0}
    assert documents == DUMPED
    assert bson.decode(end) == {**names, "EOF": True, "CRC": checksum(DUMPED)}
    assert nothing == b""


@pytest.mark.parametrize("options", [("--format", "lines"), ("--format", "array")])
def test_one_file_of_mongoexport_is_one_collection(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """What could not be told apart again is not written."""
    (tmp_path / "people.bson").write_bytes(DUMPED)
    vestibule("import", tmp_path / "people.bson", "--database", "shop")

    assert vestibule("export", "shop", "*", tmp_path / "out", *options) == 1
    assert "only the formats bson and archive" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--gzip",), ("--format", "bson"), ("--format", "archive")])
def test_export_that_fails_leaves_no_file(
    vestibule: Vestibule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """Half an export would look like a whole one, and be in the way of the next try."""

    def full_disk(*_: object) -> Iterator[bytes]:
        yield bson.encode({"_id": 1})
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "people.bson").write_bytes(DUMPED)
    vestibule("import", tmp_path / "people.bson", "--database", "shop")
    with monkeypatch.context() as patched:
        patched.setattr("server.documents.moving.exporting.embedded_documents", full_disk)
        assert vestibule("export", "shop", "people", tmp_path / "exported", *options) == 1

    assert vestibule("export", "shop", "people", tmp_path / "exported", *options) == 0


def test_export_overwrites_nothing(vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there already stays as it is."""
    source = tmp_path / "people.bson"
    source.write_bytes(DUMPED)
    vestibule("import", source, "--database", "shop")

    assert vestibule("export", "shop", "people", source) == 1
    assert source.read_bytes() == DUMPED


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (DUMPED[:-1], "the file ends in the middle of a document"),
        (b"\x05\x00\x00\x80" + DUMPED, "a document would have an impossible length"),
        (b"\x06\x00\x00\x00\x00\x00", "document 1"),
        (DUMPED + b"\xff\xff\xff\xff" + DUMPED, "a document would have an impossible length"),
        (archive()[:-300], "the file ends in the middle of a document"),
        (archive()[:4], "the file ends in the middle of a document"),
        (archive()[:4] + b"\xff\xff\xff\xff", "it does not begin with its version"),
        (archive().replace(b"Ada", b"Eda"), "the archive is damaged: the documents of shop.people"),
        (archive()[: -len(END_OF_OTHERS)], "the archive ends in the middle of shop.others"),
        (nested(101), "document 1: exceeded the maximum nested object depth of 100"),
        (bson.encode({"_id": [1]}), "document 1: The '_id' value cannot be of type array"),
        (b'{"a": 1}\nnonsense\n', "line 2"),
        (b'{"_id": {"$oid": "zz"}}\n', "line 1"),
        (b'[{"a": 1}, 7', "the file ends in the middle of the array"),
        (gzip.compress(DUMPED)[:-20], "people.bson"),
        (b'{"a\\u0000b": 1}\n', "line 1"),
    ],
)
def test_broken_files_say_where(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, text: str
) -> None:
    """A file that cannot be read to its end is a clear error with its name."""
    file = tmp_path / "people.bson"
    file.write_bytes(content)

    assert vestibule("import", file, "--database", "shop") == 1
    said = capsys.readouterr().err
    assert text in said
    assert "people.bson" in said


def test_taken_key_stops_the_import(vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document that a unique index refuses is named, and nothing of its batch is kept."""
    file = tmp_path / "people.json"
    file.write_bytes(b'{"_id": 1, "email": "a"}\n')
    vestibule("import", file, "--database", "shop")
    vestibule("indexes", "shop", "people", "--make", '{"email": 1}', "--options", '{"unique": true}')
    file.write_bytes(b'{"_id": 2, "email": "b"}\n{"_id": 3, "email": "a"}\n')

    assert vestibule("import", file, "--database", "shop") == 1
    assert 'E11000 duplicate key error collection: shop.people index: email_1 dup key: { email: "a" }' in (
        capsys.readouterr().err
    )
    assert found(vestibule, capsys) == [{"_id": 1, "email": "a"}]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("find", "shop", "people", "{"), "FILTER"),
        (("find", "shop", "people", "[]"), "FILTER must be an object"),
        (("find", "shop", "people", '{"$who": 1}'), "unknown top level operator"),
        (("find", "shop", "people", "{}", "--service", "other"), "no documents are kept in"),
        (("indexes", "shop", "people", "--make", '{"a": "text"}'), "the index type text"),
        (("indexes", "shop", "people", "--drop", "none"), "has no index 'none'; there are _id_"),
    ],
)
def test_wrong_requests_are_clear(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    """One line says what was wrong."""
    file = tmp_path / "people.bson"
    file.write_bytes(DUMPED)
    vestibule("import", file, "--database", "shop")
    capsys.readouterr()

    assert vestibule(*arguments) == 1
    assert text in capsys.readouterr().err


def test_real_mongodb_is_a_place_too(
    vestibule: Vestibule, tmp_path: Path, capsys: pytest.CaptureFixture[str], mongod_uri: str
) -> None:
    """With a URI the same commands work on a MongoDB."""
    file = tmp_path / "people.bson"
    file.write_bytes(DUMPED)
    place = ["--data-source", f"mongodb-atlas={mongod_uri}"]
    for said in ("3 documents", "0 documents, 3 were there already"):
        assert vestibule("import", file, "--database", "moving", *place) == 0
        assert said in capsys.readouterr().out
    assert vestibule("export", "moving", "people", tmp_path / "out", "--format", "bson", *place) == 0
    assert (tmp_path / "out" / "moving" / "people.bson").read_bytes() == DUMPED
    capsys.readouterr()
    assert vestibule("find", "moving", "people", '{"n": 1}', *place) == 0
    assert [ejson.loads(line) for line in capsys.readouterr().out.splitlines()] == PEOPLE[:1]
