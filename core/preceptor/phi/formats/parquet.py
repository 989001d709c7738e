"""Which texts does a Parquet file hold?

Its rows are read a few at a time, and each becomes what the same row as a JSON line would be.
"""

import base64
import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

from preceptor.phi.formats.jsonlines import DECODER, NOT_JSON
from preceptor.phi.formats.nodes import Members, values_of
from preceptor.phi.formats.numbers import Number, number_of
from preceptor.phi.values import LINE_LIMIT, Fault, Group, Part, Unreadable, Value

MAGIC = b"PAR1"
# Rows are decoded so many at a time, whatever a row group holds.
_ROWS = 64
_BUFFER = 1 << 18
# What cannot be read from its end, because it is compressed or comes through a pipe, is held whole up to here.
_HELD = 64 << 20
# A page is unpacked whole: a row group that is said to grow beyond all proportion to its file is not begun.
_RATIO = 400
_RATIO_FROM = 64 << 20
# Arrow's own copy of the schema, in which names and notes may stand that the Parquet schema has not.
_ARROW_SCHEMA = b"ARROW:schema"
# Who writes Parquet says its name, version and commit; the commit looks like an identifier.
_WRITER = re.compile(r"[A-Za-z][\w.-]*(?: version v?\d[\w.+-]*)?(?: \(build [\w.]*\))?")


class _Broken:
    """Stands in a row for a value that cannot be read."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


def is_parquet(head: bytes) -> bool:
    """Whether a file that begins so is Parquet. A text may begin with these letters, but holds no zero byte."""
    return head.startswith(MAGIC) and b"\0" in head


def parquet_groups(file: IO[bytes], part: Part) -> Iterator[Group]:
    """A Parquet file: every row is a record, counted from 1 over all row groups; the columns' names are the keys.

    A row group that is damaged is unreadable from its first row that could not be read; the groups after it are read.
    """
    try:
        file, size = _sought(file)
        opened = _opened(file)
    except Fault as fault:
        yield [Unreadable(0, fault.why)]
        return
    yield from _notes(opened, part)
    limit = max(_RATIO_FROM, _RATIO * size)
    first = 1
    for index in range(opened.metadata.num_row_groups):
        # Its columns are not asked for here: on damage pyarrow would end the process (26.0.1).
        try:
            described = opened.metadata.row_group(index)
            rows, unpacked = described.num_rows, described.total_byte_size
        except Exception:
            yield [Unreadable(first, "BrokenParquet")]
            return
        if unpacked > limit:
            yield [Unreadable(first, "ExpandsTooMuch")]
        else:
            yield from _row_group(opened, index, first, rows, part)
        first += rows


def _sought(file: IO[bytes]) -> tuple[IO[bytes], int]:
    """The file as one that is read from its end, at its start, and its size. Raises Fault."""
    try:
        if not file.seekable():
            held = file.read(_HELD + 1)
            if len(held) > _HELD:
                raise Fault("NotSeekable")
            file = io.BytesIO(held)
        starts = file.read(len(MAGIC)) == MAGIC
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - len(MAGIC), 0))
        ends = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
    except OSError:
        raise Fault("ReadError") from None
    if starts and not ends:
        raise Fault("Truncated")
    return file, size


def _opened(file: IO[bytes]) -> Any:
    try:
        from pyarrow import PythonFile
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Fault("NoParquetReader") from None
    try:
        # Buffered and not before: else a row group's columns would be read whole.
        plain = PythonFile(file, mode="r")
        return ParquetFile(plain, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
    except Exception:
        # Its text may quote the file.
        raise Fault("NotParquet") from None


def _row_group(opened: Any, index: int, first: int, rows: int, part: Part) -> Iterator[Group]:
    number = first
    batches = opened.iter_batches(batch_size=_ROWS, row_groups=[index], use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            records = None if batch is None else _records(batch)
        except RecursionError:
            yield [Unreadable(number, "NestedTooDeep")]
            return
        except Exception:
            yield [Unreadable(number, "BrokenParquet")]
            return
        if records is None:
            break
        for record in records:
            part.records += 1
            group = values_of(number, None, "", record, part)
            part.characters += sum(len(item.text) for item in group if isinstance(item, Value))
            yield group
            for why in dict.fromkeys(_broken(record)):
                yield [Unreadable(number, why)]
            number += 1
    if number != first + rows:
        yield [Unreadable(number, "BrokenParquet")]


def _records(batch: Any) -> list[Members]:
    columns = [_nodes(column) for column in batch.columns]
    names = batch.schema.names
    return [Members(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _broken(node: Any) -> Iterator[str]:
    if isinstance(node, _Broken):
        yield node.why
    elif isinstance(node, Members):
        for _, child in node:
            yield from _broken(child)
    elif isinstance(node, list):
        for child in node:
            yield from _broken(child)


def _nodes(array: Any) -> list[Any]:
    """Each value of an Arrow array as the JSON decoder would have given it."""
    import pyarrow
    from pyarrow import types

    kind = array.type
    if isinstance(kind, pyarrow.UuidType):
        return [None if value is None else str(value) for value in array.to_pylist()]
    if isinstance(kind, pyarrow.BaseExtensionType):
        return _nodes(array.storage)
    if types.is_dictionary(kind):
        return _nodes(array.dictionary_decode())
    if types.is_null(kind) or types.is_boolean(kind):
        return [None] * len(array)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _texts(array)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind):
        plain = array.cast(pyarrow.int64()) if types.is_duration(kind) else array
        return [None if value is None else number_of(str(value)) for value in plain.to_pylist()]
    if types.is_temporal(kind) and not types.is_interval(kind):
        # Without its zone, whose table a machine may lack: the moment is that of UTC.
        plain = array.cast(pyarrow.timestamp(kind.unit)) if types.is_timestamp(kind) else array
        return list(plain.cast(pyarrow.string()).to_pylist())
    if types.is_struct(kind):
        return _objects(array)
    if types.is_map(kind):
        return _maps(array)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or _is_view(kind):
        return _lists(array)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return [None if value is None else _text_of(value, "Binary") for value in array.to_pylist()]
    return [_Broken("UnknownType") if valid else None for valid in array.is_valid().to_pylist()]


def _is_view(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list_view(kind) or types.is_large_list_view(kind))


def _texts(array: Any) -> list[Any]:
    import pyarrow

    try:
        texts = array.to_pylist()
    except UnicodeDecodeError:
        found = array.cast(pyarrow.large_binary()).to_pylist()
        texts = [None if value is None else _text_of(value, "NotUtf8") for value in found]
    return [_Broken("ValueTooLong") if isinstance(text, str) and len(text) > LINE_LIMIT else text for text in texts]


def _text_of(value: bytes, why: str) -> Any:
    """Bytes that are text, as older writers store it, or what stands for others."""
    if len(value) > LINE_LIMIT:
        return _Broken("ValueTooLong")
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return _Broken(why)
    return _Broken(why) if why == "Binary" and "\0" in text else text


def _objects(array: Any) -> list[Any]:
    names = [field.name for field in array.type]
    children = [_nodes(array.field(index)) for index in range(len(names))]
    rows: Iterator[Sequence[Any]] = zip(*children, strict=True) if children else iter([()] * len(array))
    return [
        Members(zip(names, row, strict=True)) if valid else None
        for valid, row in zip(array.is_valid().to_pylist(), rows, strict=True)
    ]


def _lists(array: Any) -> list[Any]:
    from pyarrow import types

    if types.is_fixed_size_list(array.type):
        lengths = [array.type.list_size if valid else None for valid in array.is_valid().to_pylist()]
    elif _is_view(array.type):
        sizes = zip(array.sizes.to_pylist(), array.is_valid().to_pylist(), strict=True)
        lengths = [size if valid else None for size, valid in sizes]
    else:
        lengths = [None if stretch is None else stretch[1] - stretch[0] for stretch in _stretches(array)]
    children = _nodes(array.flatten())
    found: list[Any] = []
    at = 0
    for length in lengths:
        found.append(None if length is None else children[at : at + length])
        at += length or 0
    if at != len(children):
        raise ValueError("lists do not hold what they say")
    return found


def _stretches(array: Any) -> list[tuple[int, int] | None]:
    """From where to where the elements of each list stand."""
    ends, valid = array.offsets.to_pylist(), array.is_valid().to_pylist()
    return [(start, end) if there else None for start, end, there in zip(ends[:-1], ends[1:], valid, strict=True)]


def _maps(array: Any) -> list[Any]:
    """A map is an object where its keys are texts; else each key stands beside its value."""
    stretches = _stretches(array)
    first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
    keys, values = (_nodes(each.slice(first, last - first)) for each in (array.keys, array.items))
    found: list[Any] = []
    for stretch in stretches:
        if stretch is None:
            found.append(None)
            continue
        part = slice(stretch[0] - first, stretch[1] - first)
        pairs = list(zip(keys[part], values[part], strict=True))
        texts = all(isinstance(key, str) and not isinstance(key, Number) for key, _ in pairs)
        found.append(Members(pairs) if texts else [list(pair) for pair in pairs])
    return found


def _notes(opened: Any, part: Part) -> Iterator[Group]:
    """What stands beside the rows: columns' names, which a file without rows has too, and notes of whoever wrote it."""
    names: list[str] = []
    try:
        writer = str(opened.metadata.created_by or "")
        noted: list[tuple[bytes, bytes]] = []
        schemas = [opened.schema_arrow]
        for key, value in (opened.metadata.metadata or {}).items():
            if key == _ARROW_SCHEMA:
                schemas.append(_schema(value))
            else:
                noted.append((key, value))
        for schema in schemas:
            noted += (schema.metadata or {}).items()
            for field in schema:
                _described(field, names, noted)
        texts = {(key.decode(), value.decode()): None for key, value in noted if key != _ARROW_SCHEMA}
    except Exception:
        yield [Unreadable(0, "BrokenParquet")]
        return
    yield [Value(0, (None, name), name, is_key=True) for name in dict.fromkeys(names) if name not in part.clean_names]
    if not _WRITER.fullmatch(writer):
        yield [Value(0, None, writer)]
    for key, text in texts:
        try:
            node = DECODER.decode(text)
        except NOT_JSON:
            node = text
        yield [Value(0, (None, key), key, is_key=True)]
        yield values_of(0, (None, key), key, node, part)


def _schema(value: bytes) -> Any:
    from pyarrow import ipc, py_buffer

    return ipc.read_schema(py_buffer(base64.b64decode(value, validate=True)))


def _described(field: Any, names: list[str], noted: list[tuple[bytes, bytes]]) -> None:
    names.append(field.name)
    # Parquet numbers its fields in a note of their own.
    noted += [(key, value) for key, value in (field.metadata or {}).items() if key != b"PARQUET:field_id"]
    kind = field.type
    for index in range(kind.num_fields):
        _described(kind.field(index), names, noted)
