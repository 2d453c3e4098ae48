"""A folder from which anybody sees again that a bound is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

from exactregions.auditing.case_text import case_lines
from exactregions.auditing.findings import Violation
from exactregions.errors import FileFormatError
from exactregions.importers import save
from exactregions.support.files import whole_file

CERTIFICATE = "count.cert"

README = """\
# The {kind} bound `{name}` is wrong here

{sentence}.

    {case}

| file | |
|---|---|
| `network.npz` | the network, which `exactregions.load` reads |
| `domain.json` | the domain, which `exactregions.domain.domain_from_dict` reads |
{certificate_row}| `finding.json` | the same in numbers: weights, domain, count, value of the bound |
| `test_reproducer.py` | a test, which fails until the bound is mended |

From where the module of the bound can be imported:

    python -m pytest {folder}
{check}
It was found by `exactregions audit` with seed {seed}.
"""

CERTIFICATE_ROW = f"| `{CERTIFICATE}` | a certificate of the count |\n"
CHECK = """
The count is proved by the certificate, which is checked in rational arithmetic, without the search that wrote it:

    exactregions check {folder}/count.cert --network {folder}/network.npz
"""

TEST = '''\
"""The {kind} bound {name!r} is wrong on this network; see README.md."""

import json
from pathlib import Path

from exactregions import load
from exactregions.domain import domain_from_dict
from exactregions.testing.assertions import assert_bound_holds{also}

BOUND = {bound}
HERE = Path(__file__).parent
NETWORK = load(HERE / "network.npz")
DOMAIN = domain_from_dict(json.loads((HERE / "domain.json").read_text()))
{count_test}

def test_the_bound_holds():
    assert_bound_holds(BOUND, [(NETWORK, DOMAIN)])
'''

COUNT_TEST = """

def test_the_count():
    assert_exact_count(NETWORK, DOMAIN, {count})
"""


def empty_folder(path: str | os.PathLike[str]) -> Path:
    """Return the folder, made if it is not there.

    Raises
    ------
    FileFormatError
        If it is a file, or holds something: an older reproducer must not pass for a new one.
    """
    folder = Path(path)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileFormatError(f"{folder} is a file, or a folder that is not empty; name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_reproducer(folder: Path, violation: Violation, name: str, bound: str | None, seed: int) -> None:
    """Write all files but the certificate.

    Parameters
    ----------
    folder : pathlib.Path
    violation : Violation
    name : str
        Of the bound.
    bound : str or None
        What `get_bound` takes in another session; None leaves a place to fill in.
    seed : int
    """
    judged = violation.smallest
    save(judged.case.network, folder / "network.npz")
    finding = {"bound": name, "kind": judged.kind, "seed": seed, **violation.describe()}
    texts = {
        "domain.json": json.dumps(judged.case.domain.describe()) + "\n",
        "finding.json": json.dumps(finding, indent=1) + "\n",
        "README.md": _readme(folder, violation, name, seed),
        "test_reproducer.py": _test(violation, name, bound),
    }
    for file, text in texts.items():
        with whole_file(folder / file, "w", encoding="utf-8") as stream:
            stream.write(text)


def _readme(folder: Path, violation: Violation, name: str, seed: int) -> str:
    sentence, here = violation.sentence(name), folder.name
    return README.format(
        kind=violation.smallest.kind,
        name=name,
        sentence=sentence[0].upper() + sentence[1:],
        case="\n    ".join(case_lines(violation.smallest.case)),
        certificate_row=CERTIFICATE_ROW if violation.proved else "",
        check=CHECK.format(folder=here) if violation.proved else "",
        folder=here,
        seed=seed,
    )


def _test(violation: Violation, name: str, bound: str | None) -> str:
    judged = violation.smallest
    counted = judged.exact and judged.count is not None
    return TEST.format(
        kind=judged.kind,
        name=name,
        also=", assert_exact_count" if counted else "",
        bound='None  # name the bound here, as in "my_module:my_bound"' if bound is None else json.dumps(bound),
        count_test=COUNT_TEST.format(count=judged.count) if counted else "",
    )
