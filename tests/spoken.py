"""Texts that a module says to people, found in its source."""

import ast


def template(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "{}" for one in node.values)
    return node.value


def phrases(tree: ast.AST) -> set[str]:
    """Every text of a module that is a phrase: two words or more, no docstring."""
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    apart |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    texts = {
        template(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if id(node) not in apart
    }
    return {one for one in texts if " " in one.strip() and len(one) > 8}
