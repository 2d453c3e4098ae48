"""Writing a certificate, part by part (docs/certificate.md)."""

from __future__ import annotations

import errno
import json
import os
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import IO, Any, Self

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.errors import CertificateError
from exactregions.network import Network
from exactregions.support.files import whole_file
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short
from exactregions.support.stopping import check
from exactregions.unsafe import Unsafe

FORMAT, VERSION = "exactregions certificate", 2
VERSION_WITH_WINNERS, VERSION_OF_PROPERTIES, VERSION_WITH_BOXES = 3, 4, 5
CLAIMS = ("exact", "upper", "lower")
SAFE, UNSAFE = "safe", "unsafe"  # claims about the outputs
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same certificate is the same file, whenever it is written
SYNCED = 1 << 26  # bytes after which what was written is brought to the disk, or the last part would wait for all of it
LEVEL = 1  # mantissas do not compress, and more effort on the rest costs more time than the search


@dataclass(frozen=True, slots=True)
class Property:
    """What a certificate says of outputs.

    Attributes
    ----------
    unsafe : Unsafe
        With floats for G.
    above : tuple of tuple of Fraction
        For the claim "safe": h' of each row of each polyhedron, above h; of the units h' - G f speak the parts.
    counterexample : tuple of Fraction, or None
        For the claim "unsafe".
    boxes : bool
        Whether the parts may cut the domain, and bound boxes.
    """

    unsafe: Unsafe
    above: tuple[tuple[Fraction, ...], ...] = ()
    counterexample: tuple[Fraction, ...] | None = None
    boxes: bool = False

    @property
    def claim(self) -> str:
        """What it claims."""
        return SAFE if self.counterexample is None else UNSAFE

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        given = [p.describe() for p in self.unsafe.polyhedra]
        if self.counterexample is None:
            above = zip(given, self.above, strict=True)
            given = [p | {"above": [plain_number(v) for v in values]} for p, values in above]
        point = self.counterexample
        return {"unsafe": given, "counterexample": None if point is None else [plain_number(v) for v in point]}


class CertificateWriter:
    """A certificate file that grows by parts, and appears under its name when it is closed.

    Parameters
    ----------
    path : path-like
        Is replaced when the certificate is closed; until then the file has the ending `.part`.
    network : Network
    domain : Domain
    claim : {"exact", "upper", "lower"}
    told : Property, optional
        Something about outputs is claimed in place of that.

    Raises
    ------
    CertificateError
        If the claim is another.
    FileWriteError
        If the file cannot be written, as on a full disk; errors of `add` and `close` become one at the end of a block.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        network: Network,
        domain: Domain,
        claim: str = "exact",
        told: Property | None = None,
    ) -> None:
        if claim not in CLAIMS:
            raise CertificateError(f"the claim is {short(claim)}; choose from {', '.join(CLAIMS)}")
        self.claim = claim if told is None else told.claim
        self._parts: list[dict[str, Any]] = []
        self._waiting = 0  # bytes that may not be on the disk yet
        self._file = whole_file(path)
        self._stream = self._file.__enter__()
        self._archive = zipfile.ZipFile(self._stream, "w")
        self._open = True
        try:
            # as it is, not compressed: `close` may write another claim in its place
            self._header = _header(network, domain, self.claim, told)
            self._write("certificate.json", _padded(self._header), zipfile.ZIP_STORED)
            for name, array in network.named_arrays():
                check()
                # adding zero turns -0.0 into 0.0, as for the fingerprint
                self._write(f"network/{name}.f8", (array + 0.0).astype("<f8").tobytes(), zipfile.ZIP_DEFLATED)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def add(self, part: Part) -> None:
        """Append a part."""
        folder = f"parts/{len(self._parts)}"
        for name, column in part.columns.items():
            floats = name.endswith(("f4", "f8"))
            self._write(f"{folder}/{name}", column.tobytes(), zipfile.ZIP_STORED if floats else zipfile.ZIP_DEFLATED)
        if part.rationals:
            self._write_json(f"{folder}/rationals.json", part.rationals)
        self._parts.append({"prefix": part.prefix, "leaves": part.leaves, "complete": part.complete})

    def close(self, complete: bool) -> None:
        """Write the summary and give the file its name.

        Parameters
        ----------
        complete : bool
            Whether the search came to its end. Otherwise the file says that it is incomplete, and its claim is
            "lower" where it was "exact": that much what was found proves.
        """
        if not complete and self.claim == "exact":
            self.claim = "lower"
            self._replace_header(_padded(self._header | {"claim": self.claim}))
        regions = sum(part["leaves"] for part in self._parts)
        self._write_json("summary.json", {"regions": regions, "complete": complete, "parts": self._parts})
        self._archive.close()
        self._open = False
        self._file.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was not closed: without its summary it proves nothing."""
        if not self._open:
            return
        self._open = False
        with suppress(OSError):  # a disk that is full takes no end of the archive either
            self._archive.close()
        self._file.__exit__(kind or GeneratorExit, error or GeneratorExit(), trace)

    def _replace_header(self, data: bytes) -> None:
        """Write other data of the same length as the first member."""
        file, info = self._archive.fp, self._archive.infolist()[0]
        assert file is not None
        assert len(data) == info.file_size
        info.CRC = zlib.crc32(data)
        end = file.tell()
        file.seek(info.header_offset)
        file.write(info.FileHeader() + data)
        file.seek(end)

    def _write_json(self, name: str, data: Any) -> None:
        self._write(name, json.dumps(data).encode(), zipfile.ZIP_DEFLATED)

    def _write(self, name: str, data: bytes, compression: int) -> None:
        self._archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data, compression, LEVEL)
        self._waiting += len(data)
        if self._waiting > SYNCED:
            self._waiting = 0
            self._stream.flush()
            _brought_to_disk(self._stream)


def _brought_to_disk(stream: IO[bytes]) -> None:
    try:
        os.fsync(stream.fileno())
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a device or a pipe, which have no disk
            raise


def proved_claim(path: str | os.PathLike[str]) -> str | None:
    """Return the claim that a certificate is written to prove, which `check` confirms.

    None for an upper bound whose search was cut short: it proves nothing.
    """
    with zipfile.ZipFile(path) as archive:
        header, summary = (json.loads(archive.read(name)) for name in ("certificate.json", "summary.json"))
    return header["claim"] if summary["complete"] or header["claim"] == "lower" else None


def _padded(header: dict[str, Any]) -> bytes:
    """Return a header as JSON, of a length that does not depend on its claim."""
    spare = max(0, max(map(len, CLAIMS)) - len(header["claim"]))
    return json.dumps(header).encode() + b" " * spare


def _header(network: Network, domain: Domain, claim: str, told: Property | None) -> dict[str, Any]:
    more: dict[str, Any] = {"winners": [[w.units, w.contests] for w in network.winners]} if network.winners else {}
    version = VERSION_WITH_WINNERS if network.winners else VERSION
    if told is not None:
        version = VERSION_WITH_BOXES if told.boxes else VERSION_OF_PROPERTIES
        more = {"winners": []} | more | told.describe()
    return {
        "format": FORMAT,
        "version": version,
        "claim": claim,
        "fingerprint": network.fingerprint,
        "inputs": network.inputs,
        "stages": [len(stage.bias) for stage in network.stages],
        "outputs": network.outputs,
        "domain": domain.describe(),
    } | more
