"""Which pieces of text there are, and what numbers they go by: words, characters, bytes, or pieces by byte pairs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foveal.core.choices import PIECES, Pieces
from foveal.core.errors import ModelFileError, ResourceError
from foveal.core.rules import shown
from foveal.data.sequences import Sequences
from foveal.data.source import Array

#: The numbers that no piece has: what pads, what no entry stands for, and what separates texts or ends one.
PADDING, UNKNOWN, END = 0, 1, 2
#: The number of the first entry.
FIRST = 3
#: Most entries of a vocabulary, and characters of all of them: a model file holds it in its header.
MOST_ENTRIES, MOST_CHARACTERS = 2**18, 2**22
#: What stands for a space in pieces by byte pairs: none is lost where a text is put together again.
SPACE = "\u2581"
#: Texts that are read at a time.
_TOGETHER = 4096


@dataclass(frozen=True)
class Vocabulary:
    r"""Pieces of text by number: entry i has the number i + 3; 0 pads, 1 is unknown, 2 ends a text.

    "words" are runs of letters and digits, and of signs between them; "characters" are Unicode code points; "bytes" are
    those of UTF-8, all 256 of them, so that none is unknown; "bpe" are pieces that `merges` put together, pair by pair,
    in their order, within words that begin with their space.

    Source of byte pairs: Sennrich et al. 2016, Neural machine translation of rare words with subword units, algorithm
    1. The words of texts and the merges are found by Hugging Face's tokenizers.

    >>> abc = Vocabulary("characters", ("a", "b"))
    >>> abc.tokens(["ba!"]).row(0).tolist(), abc.text([4, 3, 1]), len(abc)
    ([4, 3, 1], 'ba\ufffd', 5)
    """

    pieces: Pieces
    entries: tuple[str, ...] = ()
    merges: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        """Count the numbers that tokens can be."""
        return FIRST + (256 if self.pieces == "bytes" else len(self.entries))

    def tokens(self, texts: Sequence[str]) -> Sequences:
        """Give the numbers of the pieces of texts."""
        if self.pieces == "bytes":
            return _by_code([text.encode("utf-8", "replace") for text in texts], np.dtype(np.uint8), FIRST)
        if self.pieces == "characters":
            found = _by_code([_code_points(text) for text in texts], np.dtype(np.uint32), 0)
            return found._replace(values=self._numbers_of(found.values))
        lists = [encoded.ids for part in _parts(texts) for encoded in self._tokenizer.encode_batch_fast(part)]
        return Sequences.of(lists)

    def text(self, numbers: Iterable[int]) -> str:
        """Put a text together from the numbers of its pieces; padding and the end are left out."""
        kept = [int(number) for number in numbers if number not in (PADDING, END)]
        if self.pieces == "bytes":
            return bytes(number - FIRST for number in kept if number >= FIRST).decode("utf-8", "replace")
        found = [self.entries[number - FIRST] if number >= FIRST else "\ufffd" for number in kept]
        if self.pieces == "words":
            return " ".join(found)
        joined = "".join(found)
        return joined.replace(SPACE, " ").removeprefix(" ") if self.pieces == "bpe" else joined

    def describe(self) -> dict[str, Any]:
        """Give the vocabulary as a step of an input rule, names and lists only."""
        step: dict[str, Any] = {"step": "pieces", "pieces": self.pieces}
        if self.pieces != "bytes":
            step["entries"] = list(self.entries)
        if self.pieces == "bpe":
            step["merges"] = [list(pair) for pair in self.merges]
        return step

    def _numbers_of(self, codes: Array) -> Array:
        """Give the numbers of code points; entries of characters are one each."""
        known = np.array([ord(entry) for entry in self.entries], np.uint32)
        order = np.argsort(known, kind="stable")
        if not len(order):
            return np.full(len(codes), UNKNOWN, np.int32)
        place = np.minimum(np.searchsorted(known[order], codes), len(order) - 1)
        return np.where(known[order][place] == codes, order[place] + FIRST, UNKNOWN).astype(np.int32)

    @cached_property
    def _tokenizer(self) -> Any:
        kit = tokenizers()
        names = ("\x00pad", "\x00unknown", "\x00end")  # no piece: a null byte ends no word, and texts have none left
        numbers = {name: number for number, name in enumerate((*names, *self.entries))}
        if self.pieces == "words":
            made = kit.Tokenizer(kit.models.WordLevel(numbers, unk_token=names[1]))
            made.pre_tokenizer = kit.pre_tokenizers.Whitespace()
        else:
            merges = [tuple(pair) for pair in self.merges]
            made = kit.Tokenizer(kit.models.BPE(numbers, merges, unk_token=names[1], fuse_unk=False))
            made.pre_tokenizer = words_with_space(kit)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Pickle what it is made of alone."""
        return {"pieces": self.pieces, "entries": self.entries, "merges": self.merges}


def check_vocabulary(step: Any) -> Vocabulary:
    """Give the vocabulary that a step of an input rule holds, as out of a model file; raise `ModelFileError` for none.

    >>> check_vocabulary({"step": "pieces", "pieces": "words", "entries": ["a", "a"]})
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the vocabulary has the entry 'a' twice; the file is damaged, or a newer foveal \
wrote it: pip install -U foveal
    """
    odd = _odd(step)
    if odd:
        way = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"
        raise ModelFileError(f"the vocabulary {odd}; {way}")
    merges = tuple((a, b) for a, b in step.get("merges", ()))
    return Vocabulary(step["pieces"], tuple(step.get("entries", ())), merges)


def _odd(step: Any) -> str:
    """Say what is not as it must be; nothing where all is well."""
    if not isinstance(step, Mapping) or step.get("pieces") not in PIECES:
        return f"must be of {', '.join(PIECES)}, got {shown(step)}"
    pieces = step["pieces"]
    wanted = {"step", "pieces", *(() if pieces == "bytes" else ("entries",)), *(("merges",) if pieces == "bpe" else ())}
    if set(step) != wanted:
        return f"of {pieces} must have {', '.join(sorted(wanted))}, got {', '.join(sorted(map(str, step)))}"
    entries, merges = step.get("entries", []), step.get("merges", [])
    if not isinstance(entries, list | tuple) or not isinstance(merges, list | tuple):
        return "must hold lists"
    return _odd_entries(entries, pieces) or _odd_merges(merges, entries)


def _odd_entries(entries: Sequence[Any], pieces: str) -> str:
    if len(entries) > MOST_ENTRIES or sum(len(e) for e in entries if isinstance(e, str)) > MOST_CHARACTERS:
        return f"has {len(entries):,} entries, and {MOST_ENTRIES:,} of {MOST_CHARACTERS:,} characters are the most"
    for entry in entries:
        if not isinstance(entry, str) or not entry or "\x00" in entry or not _is_text(entry):
            return f"has the impossible entry {shown(entry)}"
        if pieces == "characters" and len(entry) != 1:
            return f"of characters has the entry {shown(entry)}"
    if len(set(entries)) != len(entries):
        twice = next(entry for entry, times in Counter(entries).items() if times > 1)
        return f"has the entry {shown(twice)} twice"
    return ""


def _odd_merges(merges: Sequence[Any], entries: Sequence[str]) -> str:
    """Check merges: each puts two entries together to a third, which is longer, so that none can lead to itself."""
    known, seen = set(entries), set[tuple[str, str]]()
    if len(merges) > MOST_ENTRIES:
        return f"has {len(merges):,} merges, and {MOST_ENTRIES:,} are the most"
    for pair in merges:
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
        if not is_pair or not {*pair, "".join(pair)} <= known or tuple(pair) in seen:
            return f"has the impossible merge {shown(pair)}"
        seen.add(tuple(pair))
    return ""


def _is_text(entry: str) -> bool:
    """Tell whether a string can be written as UTF-8: lone surrogates cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in entry)


def _code_points(text: str) -> bytes:
    return text.encode("utf-32-le", "replace")


def _by_code(texts: Sequence[bytes], dtype: np.dtype[Any], first: int) -> Sequences:
    """Read bytes as numbers, row by row, each raised by `first`."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) // dtype.itemsize
    return Sequences.flat(np.frombuffer(b"".join(texts), dtype).astype(np.int64) + first, lengths)


def _parts(texts: Sequence[str]) -> Iterable[list[str]]:
    for start in range(0, len(texts), _TOGETHER):
        yield list(texts[start : start + _TOGETHER])


def words_with_space(kit: Any) -> Any:
    """Make what cuts a text into words, runs of digits and signs, each beginning with the space before it."""
    space = kit.pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)
    signs = kit.pre_tokenizers.Split(kit.Regex(rf"{SPACE}?\w+|{SPACE}?[^\w{SPACE}]+|{SPACE}"), "isolated")
    return kit.pre_tokenizers.Sequence([space, signs])


def tokenizers() -> Any:
    """Load Hugging Face's tokenizers, or say how to get them."""
    try:
        import tokenizers as kit
    except ImportError as error:
        raise ResourceError('to cut texts into words or byte pairs: pip install "foveal[text]"') from error
    return kit
