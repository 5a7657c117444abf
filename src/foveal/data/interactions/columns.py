"""What the columns of a table of interactions are called. Torch-free."""

from collections.abc import Mapping

#: Names by which a column is found, in this order; case, underscores and what stands behind a colon do not count.
NAMES: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "userid", "uid", "customer", "customerid", "session", "sessionid"),
    "item": ("item", "itemid", "iid", "movie", "movieid", "product", "productid"),
    "time": ("time", "timestamp", "date", "datetime", "ts"),
    "value": ("value", "rating", "score", "count"),
}
#: Separators by the ending of a file's name.
SEPARATORS = {".csv": ",", ".tsv": "\t", ".inter": "\t"}


def plain_name(name: str) -> str:
    """Give a name without case, underscores and what stands behind a colon.

    >>> plain_name("User_ID:token")
    'userid'
    """
    return name.split(":")[0].replace("_", "").replace(" ", "").casefold()
