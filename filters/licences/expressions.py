"""SPDX expressions of several symbols, parsed by `license-expression`."""

from license_expression import AND, OR, ExpressionError, ExpressionParseError, LicenseWithExceptionSymbol, Licensing

from filters.licences.verdicts import Expression, Resolve, is_exception, restrictiveness

PARSER = Licensing()  # knows no licence: what is known is the table's to say


def compound(text: str, resolve: Resolve) -> Expression | None:
    """Return an expression as SPDX spells it, with its class; null if it cannot be parsed or a symbol is not known."""
    try:
        return _read(PARSER.parse(text), resolve)
    except (ExpressionError, ExpressionParseError, RecursionError):
        return None


def _read(node: object, resolve: Resolve) -> Expression | None:
    if isinstance(node, AND | OR):
        parts = [_read(part, resolve) for part in node.args]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        spelt = [
            f"({part.spelt})" if isinstance(of, OR) else part.spelt for part, of in zip(known, node.args, strict=True)
        ]
        operator, choose = (" AND ", max) if isinstance(node, AND) else (" OR ", min)
        return Expression(operator.join(spelt), choose((part.verdict for part in known), key=restrictiveness))
    if isinstance(node, LicenseWithExceptionSymbol):
        license, exception = resolve(node.license_symbol.key), node.exception_symbol.key
        known_both = license is not None and is_exception(exception)
        return license._replace(spelt=f"{license.spelt} WITH {exception}") if license and known_both else None
    return resolve(node.key) if hasattr(node, "key") else None
