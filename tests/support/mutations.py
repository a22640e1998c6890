"""A signed message altered in every way that somebody between the provider and us could think of.

Each generator gives (what was done, the altered message). None of them knows how we check anything.
"""

import gzip
import json
import unicodedata
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from tests.support.street import Message

Mutation = tuple[str, Message]
Json = dict[str, Any]

LOOK_ALIKES = str.maketrans("0123456789aceopxAOPC", "０１２３４５６７８９асеорхАОРС")
"""Digits of full width and Cyrillic letters."""

ENDS = (" ", "\u0000", "\u200b", "[]")

CONTENT_TYPES = (
    *("", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    *("application/jsonp", "application/json+x", "application/problem+json", "application/octet-stream"),
    *("application/json, text/plain", "application json", "json"),
)
JSON_PARAMETERS = ("application/json; charset=utf-16", "application/json;charset=latin1", " APPLICATION/JSON ; x=1")
"""Still JSON: its text is UTF-8 whatever a parameter says, so only what the body says counts."""


def texts(text: str) -> Iterator[str]:
    """Other texts that look like this one, begin like it, or mean nothing."""
    yield from ("", f"{text}0", f"0{text}", f" {text}", f"{text} ", f"\t{text}", f"{text}\n", text[:-1], text[1:])
    yield from (text.upper(), text.lower(), text.swapcase(), text.translate(LOOK_ALIKES), f"{text}\u200b")
    yield from (unicodedata.normalize("NFD", text), f"{text}\u0000", f"{text},{text}", f"{text}&amount=1", f"'{text}'")
    yield from ("\ud800", "null", "0", "-1", "1e9", text * 2)


def values(value: Any) -> Iterator[Any]:
    """Other JSON values in the place of this one: another content, another type, the same written differently."""
    yield from (None, True, False, [value], {"": value}, [], {}, 0, 1, -1, "", float("nan"), float("inf"), 10**30)
    match value:
        case bool() | None:
            yield from ("true", "null", 2)
        case int():
            yield from (value + 1, value - 1, -value, value * 100, value * 10, float(value), value + 0.5)
            yield from texts(str(value))
            yield from (str(value), f"{value}.0", f"+{value}", hex(value))
        case str():
            yield from texts(value)
            if value.isascii() and value.isdigit():
                yield from (int(value), float(value))
        case dict() | list():
            yield from (json.dumps(value), list(value))


def objects(content: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Json]]:
    """Each member of an object and of those in it altered, removed, and others added. Doubling is for the text."""
    for name, value in content.items():
        here = ".".join((*path, name))
        for other in values(value):
            yield f"{here} = {other!r}", {**content, name: other}
        without = {key: kept for key, kept in content.items() if key != name}
        yield f"without {here}", without
        for alias in sorted({name.upper(), name.capitalize(), *(f"{name}{end}" for end in ENDS)} - {name}):
            yield f"{here} as {alias!r}", {**without, alias: value}
        if isinstance(value, dict):
            for done, inner in objects(value, (*path, name)):
                yield done, {**content, name: inner}
    for name in ("extra", "amount", "__proto__", "", "a&amount"):
        yield f"with {'.'.join((*path, name))}", {name: 1, **content}


def doubled(content: Json, dump: Callable[[Any], bytes]) -> Iterator[tuple[str, bytes]]:
    """The object's text with each member standing twice: once as it is, once otherwise, in either order."""
    for name, value in content.items():
        for other in (value, None, 1, "", "1"):
            first = dump({"@twice@": other, **content})
            last = dump({**content, "@twice@": other})
            for where, text in (("before", first), ("after", last)):
                yield f"{name} twice: {other!r} {where}", text.replace(b'"@twice@"', json.dumps(name).encode())


def bytes_of(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Bytes lost, altered or added; the whole in another encoding."""
    for length in range(len(body)):
        yield f"cut after {length} bytes", body[:length]
    for start in range(1, len(body), 7):
        yield f"without the first {start} bytes", body[start:]
    for place in range(0, len(body), 3):
        for bit in (0, 5, 7):
            changed = bytes([body[place] ^ (1 << bit)])
            yield f"bit {bit} of byte {place}", body[:place] + changed + body[place + 1 :]
    for extra in (b"0", b"}", b",", b"\x00", b"\xff", b"{}", b"\n{}", b"null"):
        yield f"{extra!r} behind", body + extra
        yield f"{extra!r} before", extra + body
    yield "twice", body * 2
    yield from encodings(body)


def encodings(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same characters in other charsets, compressed, or as another kind of text."""
    text = body.decode()
    for charset in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7"):
        yield charset, text.encode(charset)
    for charset in ("latin-1", "cp1258"):
        yield charset, b"\xe9" + text.encode(charset, "replace")
    yield from (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body)), ("base64", b64encode(body)))
    yield from (("a JSON text", json.dumps(text).encode()), ("percent-encoded", quote(text).encode()))
    yield "a list", b"[" + body + b"]"
    yield "a member", b'{"body":' + body + b"}"
    for nothing in (b"", b"null", b"true", b"0", b"{}", b"[]", b'""', b"[" * 50_000, b'{"a":' * 5_000, b"1" * 5_000):
        yield f"{nothing[:10]!r}", nothing


def layouts(content: Json) -> Iterator[tuple[str, bytes]]:
    """The same object written differently."""
    yield "compact", json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    yield "escaped", json.dumps(content, separators=(",", ":")).encode()
    yield "indented", json.dumps(content, indent=4, ensure_ascii=False).encode()
    yield "sorted", json.dumps(content, sort_keys=True).encode()
    yield "reversed", json.dumps(dict(reversed(content.items()))).encode()
    yield "in other spaces", b"\r\n\t " + json.dumps(content, separators=(" ,\t", "\r\n: ")).encode() + b" \n"


def signatures(text: str, others: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Other signatures in the place of this one."""
    yield from (("none", ""), ("short", text[:-1]), ("half", text[: len(text) // 2]), ("long", f"{text}0"))
    yield from (("twice", text * 2), ("upper case", text.upper()), ("zeros", "0" * len(text)), ("reversed", text[::-1]))
    yield from (("spaced", f" {text}"), ("spaced behind", f"{text} "), ("look-alikes", text.translate(LOOK_ALIKES)))
    yield from (("a list", f"{text},{text}0"), ("a wildcard", "*"), ("null", "null"), ("a surrogate", "\ud800"))
    yield from (("base64", b64encode(text.encode()).decode()), ("quoted", f'"{text}"'), ("a NUL", f"{text}\u0000"))
    for place in range(len(text)):
        if text[place] in "0123456789abcdef":
            yield f"digit {place}", f"{text[:place]}{int(text[place], 16) ^ 1:x}{text[place + 1 :]}"
    for number, other in enumerate(others):
        yield f"another's {number}", other


def bodies(message: Message, dump: Callable[[Any], bytes], *, layout: bool) -> Iterator[Mutation]:
    """A posted JSON message altered: its members, its bytes, its layout, its method and its headers."""
    content = json.loads(message.body)
    for done, other in objects(content):
        yield done, replace(message, body=_dumped(other, dump))
    for name, value in content.items():
        if isinstance(value, dict):
            for done, text in doubled(value, dump):
                outer = dump({**content, name: "@inner@"})
                yield f"{name}.{done}", replace(message, body=outer.replace(b'"@inner@"', text))
    for done, text in (*doubled(content, dump), *bytes_of(message.body), *(layouts(content) if layout else ())):
        yield done, replace(message, body=text)
    yield from envelopes(message)
    form = urlencode({name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()})
    for kind in ("application/x-www-form-urlencoded", "application/json"):
        yield f"a form as {kind}", replace(message.with_header("content-type", kind), body=form.encode())
    yield "in the query", replace(message, query=form, body=b"")
    yield "in the query by GET", replace(message, method="GET", query=form, body=b"")


def envelopes(message: Message) -> Iterator[Mutation]:
    """Another method, another content type, a compression that is not there."""
    yield "by GET", replace(message, method="GET")
    yield "without content type", message.with_header("content-type", None)
    for kind in (*CONTENT_TYPES, *JSON_PARAMETERS):
        yield f"as {kind!r}", message.with_header("content-type", kind)
    compressed = replace(message, body=gzip.compress(message.body)).with_header("content-encoding", "gzip")
    yield from (("compressed", compressed), ("said to be compressed", message.with_header("content-encoding", "gzip")))


def header(message: Message, name: str, others: Iterable[tuple[str, str]]) -> Iterator[Mutation]:
    """Other contents of one header, and none."""
    yield f"without {name}", message.with_header(name, None)
    for done, text in others:
        yield f"{name}: {done}", message.with_header(name, text)


def queries(message: Message) -> Iterator[Mutation]:
    """A signed query altered: its fields, its order, its encoding, its bytes and its method."""
    pairs = message.query.split("&")
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        before, after = pairs[:index], pairs[index + 1 :]
        decoded = dict(parse_qsl(message.query))[name]
        others = {quote(text.encode("utf-8", "replace"), safe="") for text in texts(decoded)} - {value}
        others |= {value.lower(), value.upper(), f"%{ord(value[0]):02X}{value[1:]}", value.replace("+", "%20")} - {
            value
        }
        for other in sorted(others):
            yield f"{name} = {other}", replace(message, query="&".join([*before, f"{name}={other}", *after]))
        renamed = (f"{name.upper()}={value}", f"{name}[]={value}", f"{name}%00={value}", name, f"%76{pair[1:]}")
        for other in (*renamed, f"{pair};vnp_A=1", f"{name}=={value}", f" {pair}", f"{name}%20={value}"):
            yield f"{pair} as {other}", replace(message, query="&".join([*before, other, *after]))
        yield f"without {name}", replace(message, query="&".join([*before, *after]))
        for other in (value, "", "1", "00", "100"):
            twice = f"{name}={other}"
            yield f"{twice} behind", replace(message, query="&".join([*pairs, twice]))
            yield f"{twice} before", replace(message, query="&".join([twice, *pairs]))
            yield f"{twice} encoded", replace(message, query=f"{message.query}&vnp%5F{twice[4:]}")
    for extra in ("vnp_Extra=1", "vnp_=1", "vnp_SecureHash=0", "vnp_SecureHashType=SHA512&vnp_Extra=1"):
        yield f"with {extra}", replace(message, query=f"{message.query}&{extra}")
        yield f"with {extra} before", replace(message, query=f"{extra}&{message.query}")
    for length in range(len(message.query)):
        yield f"cut after {length} characters", replace(message, query=message.query[:length])
    for place in range(len(message.query)):
        changed = f"{message.query[:place]}{chr(ord(message.query[place]) ^ 1)}{message.query[place + 1 :]}"
        yield f"character {place} changed", replace(message, query=changed)
    yield from query_wholes(message)


def query_wholes(message: Message) -> Iterator[Mutation]:
    """A query as a whole in another shape."""
    query = message.query
    for done, other in (
        ("quoted", quote(query)),
        ("quoted twice", query.replace("%", "%25")),
        ("with semicolons", query.replace("&", ";")),
        ("with HTML entities", query.replace("&", "&amp;")),
        ("with bytes that are no UTF-8", f"{query}%ff&vnp_A=%C3"),
        ("with a surrogate", f"{query}\ud800"),
        ("nothing", ""),
        ("separators", "&&&==&"),
        ("twice", f"{query}&{query}"),
        ("in upper case", query.upper()),
        ("in lower case", query.lower()),
        ("with a BOM", f"\ufeff{query}"),
    ):
        yield done, replace(message, query=other)
    form = {"content-type": "application/x-www-form-urlencoded"}
    yield "by POST", replace(message, method="POST")
    yield "as a form", replace(message, method="POST", query="", body=query.encode(), headers=form)
    yield "as a form by GET", replace(message, query="", body=query.encode(), headers=form)
    content = json.dumps(dict(parse_qsl(query))).encode()
    yield (
        "as JSON",
        replace(message, method="POST", query="", body=content, headers={"content-type": "application/json"}),
    )


def of_others(message: Message, others: Iterable[Message]) -> Iterator[Mutation]:
    """What other providers signed, sent here as it is and with this message's headers."""
    for other in others:
        yield f"{other.provider}'s message", replace(other, provider=message.provider)
        yield f"{other.provider}'s body", replace(message, body=other.body, query=other.query)


def _dumped(content: Mapping[str, Any], dump: Callable[[Any], bytes]) -> bytes:
    """A text may hold a lone surrogate: then it is escaped."""
    try:
        return dump(content)
    except UnicodeEncodeError:
        return json.dumps(content).encode()
