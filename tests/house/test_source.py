"""Habits of the source that no linter checks."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "congto"
FUNCTION_LINES_MAX = 70

# Written in pieces, as this file is searched too.
FOREIGN = re.compile(
    r"(^|[^A-Za-z0-9_.])/(work|home|Users|root)/"  # a folder of somebody's machine
    r"|https?://[a-z0-9.-]+/" + r"simple(/|\b)"  # a package registry
    r"|--(extra-)?" + "index-url"
)
SUPPRESSION = re.compile(
    r"#\s*(noqa|type:\s*ignore)(?P<rule>[:\[][^ (]*( ?, ?[A-Z]+\d+)*)?(?P<rest>.*)"
)


def python_files(folder: Path = SOURCE) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "migrations" not in path.parts)


def tracked_texts() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    ours = (ROOT / name for name in names if name and not name.startswith("requirements/"))
    text = {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".js", ".css", ".txt", ".in", ""}
    return [path for path in ours if path.suffix in text and path.is_file()]


def test_no_function_is_longer_than_a_screen():
    long = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert long == []


def test_no_machine_and_no_registry_is_named():
    found = []
    for path in tracked_texts():
        if path == Path(__file__):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(lines, 1)
            if FOREIGN.search(line) and "--no-emit-index-url" not in line
        ]
    assert found == []


def test_every_suppressed_rule_is_named_with_its_reason():
    bare = []
    for path in [*python_files(), *python_files(ROOT / "tests")]:
        if path == Path(__file__):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            match = SUPPRESSION.search(line)
            if match and (not match["rule"] or not re.search(r"\(\S|#\s*\S", match["rest"])):
                bare.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert bare == []


def test_every_app_of_the_office_has_the_same_files():
    grid = {"apps.py", "models.py", "choices.py", "queries.py", "operations.py", "migrations"}
    apps = [path.parent for path in (SOURCE / "office").glob("*/models.py")]
    gaps = {}
    for app in apps:
        absent = grid - {path.name for path in app.iterdir()}
        if absent:
            gaps[app.name] = sorted(absent)
    assert len(apps) > 0
    assert gaps == {}


def test_money_is_never_a_float():
    word = r"(?<![a-z])(amount|price|vat|gross|net|balance|quota|_vnd)\w*"
    near = re.compile(word + r"[^#\n]*\b(Float64|Float32|FloatField|float\()")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if near.search(line)
    ]
    assert found == []


def test_screens_say_errors_in_the_language_of_the_reader():
    found = []
    for folder in ("interfaces/console", "interfaces/jobs", "office"):
        for path in python_files(SOURCE / folder):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [
                f"{path.relative_to(ROOT)}:{line}: use control.telling.sentence_of"
                for line in raw_sentences(tree)
                if path.name != "telling.py"
            ]
    assert found == []


def raw_sentences(tree: ast.AST) -> list[int]:
    """Lines that call `error.sentence()`, or write a caught error of ours into a text."""
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "sentence"
    ]
    for handler in ast.walk(tree):
        if isinstance(handler, ast.ExceptHandler) and handler.name and ours(handler.type):
            lines += [use.lineno for body in handler.body for use in as_text(body, handler.name)]
    return sorted(lines)


def ours(kinds: ast.expr | None) -> bool:
    names = {node.id for node in ast.walk(kinds) if isinstance(node, ast.Name)} if kinds else set()
    return bool(names & {"CongtoError", "InvalidInputError", "NotInForceError", "RefusedError"})


def as_text(body: ast.stmt, name: str) -> list[ast.Name]:
    """Uses of the caught error that are neither handed on, nor told, nor one of its parts."""
    allowed = {
        id(child)
        for node in ast.walk(body)
        for child in (
            node.args
            if isinstance(node, ast.Call) and not is_str(node.func)
            else [node.value]
            if isinstance(node, ast.Attribute)
            else [node.cause]
            if isinstance(node, ast.Raise)
            else []
        )
    }
    return [
        node
        for node in ast.walk(body)
        if isinstance(node, ast.Name) and node.id == name and id(node) not in allowed
    ]


def is_str(called: ast.expr) -> bool:
    return isinstance(called, ast.Name) and called.id in {"str", "repr", "format"}


def test_the_search_for_raw_sentences_finds_them():
    caught = "try:\n    f()\nexcept RefusedError as error:\n    "
    said_raw = ["g(error.sentence())", "g(str(error))", "g(f'{error}')", "x = error"]
    assert all(raw_sentences(ast.parse(caught + one)) for one in said_raw)
    assert raw_sentences(ast.parse(caught + "g(sentence_of(error), error.found)")) == []
    assert raw_sentences(ast.parse(caught + "raise Http404 from error")) == []
