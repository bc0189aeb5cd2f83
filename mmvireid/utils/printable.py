"""Print names of any origin on a terminal."""


def printable(text: object) -> str:
    r"""Escape the control characters of a text. A terminal would obey them, and a line break would divide the line.

    Example:
        >>> from mmvireid.utils.printable import printable
        >>> print(printable('caf\u00e9 \x1b[31m\n'))
        café \x1b[31m\n
    """
    return ''.join(
        character if character.isprintable() else character.encode('unicode_escape', 'surrogatepass').decode('ascii')
        for character in str(text)
    )
