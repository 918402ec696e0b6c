"""What operations may take, held against what there is to be given."""

from collections.abc import Collection

from shopkeeper.web.operation import Operation

# Of a request, by a view and by what it asks ahead; `web.operation` tells each.
OFFERED = frozenset(
    {"session", "own_transaction", "claim", "caller", "claims", "request", "ahead"}
    | {"body", "query", "upload", "message", "precondition"}
)
ASKED_AHEAD = frozenset({"asker", "body", "query"})


def check_parameters(operation: Operation, provided: Collection[str]) -> None:
    """Insist that what an operation takes is there to be given.

    Args:
        operation: Of which capability soever.
        provided: What the application gives beside what a request has.

    Raises:
        TypeError: If nobody provides a parameter of its view, or of its `ahead`.
    """
    wrong = {*operation.wants} - OFFERED - {*provided}
    wrong |= {*operation.ahead_wants} - ASKED_AHEAD - operation.path_variables
    if wrong:
        raise TypeError(
            f"{operation.name} takes {', '.join(sorted(wrong))}, which nothing provides"
        )
