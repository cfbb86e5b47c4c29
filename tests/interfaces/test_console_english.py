"""The English catalogue: complete, compiled, and shown only when a person switches."""

import ast
import gettext
import importlib
import inspect
import re
from pathlib import Path

import pytest
from django.db.models import IntegerChoices, TextChoices

import congto
from congto.office.control.permissions import ACTION_LABELS
from world_console import make_world

SOURCES = Path(congto.__file__).parent
CATALOGUE = SOURCES / "interfaces/console/locale/en/LC_MESSAGES/django"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy"}
KEY = "\x04"  # what gettext puts between a message's context and the message


def read_po(text):
    """Return {message: English} of a .po file: every quoted line after msgctxt, msgid, msgstr."""
    found = {}
    for block in re.split(r"\n\s*\n", text):
        parts = {"msgctxt": "", "msgid": "", "msgstr": ""}
        current = None
        for line in block.splitlines():
            match = re.match(r'(msgctxt|msgid|msgstr)? ?(".*")$', line)
            if match:
                current = match[1] or current
                parts[current] += ast.literal_eval(match[2])
        if parts["msgid"]:
            context = f"{parts['msgctxt']}{KEY}" if parts["msgctxt"] else ""
            found[context + parts["msgid"]] = parts["msgstr"]
    return found


@pytest.fixture(scope="module")
def po():
    return read_po(CATALOGUE.with_suffix(".po").read_text(encoding="utf-8"))


def test_the_compiled_catalogue_is_that_of_the_source(po):
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    compiled.pop("", None)
    assert compiled == {key: english for key, english in po.items() if english}


def test_every_message_has_english(po):
    assert len(po) > 200
    assert [message for message, english in po.items() if not english] == []


def test_english_keeps_the_places_of_a_message(po):
    place = re.compile(r"%\(\w+\)[sd]|%[sd]")
    wrong = [
        one for one, english in po.items() if set(place.findall(one)) != set(place.findall(english))
    ]
    assert wrong == []


def test_every_message_of_the_templates_is_in_the_catalogue(po):
    pattern = re.compile(r"""{%\s*translate\s+(["'])(.*?)\1(?:\s+context\s+"(\w+)")?""")
    blocks = re.compile(r"{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate", re.DOTALL)
    missing = []
    for file in SOURCES.glob("interfaces/**/*.html"):
        text = file.read_text(encoding="utf-8")
        said = [
            f"{context}{KEY}{one}" if context else one for _, one, context in pattern.findall(text)
        ]
        said = [one.replace("%", "%%") for one in said]  # so does the tag before it looks up
        said += [re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in blocks.findall(text)]
        missing += [(file.name, one) for one in said if one not in po]
    assert missing == []


def test_every_message_of_the_code_is_in_the_catalogue(po):
    missing = []
    for file in SOURCES.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "gettext" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
                said = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if said and isinstance(said[0], str) and KEY.join(said) not in po:
                    missing.append((file.name, node.lineno, *said))
    assert missing == []


def labels_of_the_books():
    for file in sorted((SOURCES / "office").glob("*/choices.py")):
        module = importlib.import_module(f"congto.office.{file.parent.name}.choices")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(kind, TextChoices | IntegerChoices)
                and kind.__module__ == module.__name__
            ):
                yield from (str(label) for label in kind.labels)
    yield from ACTION_LABELS.values()


def test_every_label_of_the_books_has_english(po):
    assert sorted({label for label in labels_of_the_books() if label not in po}) == []


@pytest.fixture
def manager(db, client):
    world = make_world()
    client.force_login(world.person("manager", "manager", world.root))
    return client


def test_vietnamese_comes_first_whatever_the_browser_prefers(manager):
    body = manager.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="vi">' in body
    assert "Trang chủ" in body


def test_english_by_switch_with_vietnamese_figures(manager):
    answer = manager.post("/language", {"language": "en", "next": "/customers/PB00010000001"})
    body = manager.get(answer.url).content.decode().replace("\u00a0", " ")
    assert '<html lang="en">' in body
    assert "Residential (tiered)" in body
    assert "305.230 đ" in body
    assert "01/11/2026" in body


def test_an_unknown_language_is_vietnamese(manager):
    manager.cookies["django_language"] = "xx"
    assert '<html lang="vi">' in manager.get("/").content.decode()
