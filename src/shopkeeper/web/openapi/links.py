"""What can be done next with what an answer gives (OpenAPI 3.1, Link Object)."""

from typing import Any

Document = dict[str, Any]
ID = "$response.body#/id"


def _path(
    operation: str, parameter: str, description: str, value: str = ID
) -> Document:
    return {
        "operationId": operation,
        "parameters": {parameter: value},
        "description": description,
    }


def _body(operation: str, body: Document, description: str) -> Document:
    return {"operationId": operation, "requestBody": body, "description": description}


# By operation and status of its answer.
LINKS: dict[tuple[str, int], Document] = {
    ("add_category", 201): {
        "ListItsProducts": _path(
            "list_category_products", "id", "What stands on this shelf."
        ),
        "Delete": _path("remove_category", "id", "Take it and its products away."),
    },
    ("add_product", 201): {
        "Show": _path("show_product", "product_id", "The product again."),
        "Order": _body(
            "create_order",
            {
                "location": "Poland",
                "items": [{"product_id": ID, "quantity": 1}],
            },
            "Order a piece of it.",
        ),
        "Remove": _path("remove_product", "id", "Take it out of the catalogue."),
    },
    ("create_order", 201): {
        "Show": _path("show_order", "order_id", "The order again."),
        "Execute": _body("execute_order", {"id": ID}, "Pay it, and take the goods."),
        "Cancel": _path("cancel_order", "id", "Cancel it while it is pending."),
    },
    ("execute_order", 200): {
        "Refund": _body("refund_order", {"id": ID}, "Give back all that is left."),
        "Show": _path("show_order", "order_id", "The order again."),
    },
    ("import_products", 202): {
        "Show": _path("show_import", "import_id", "How far it is."),
        "Cancel": _path("cancel_import", "import_id", "Write nothing of it."),
    },
    ("register", 201): {
        "LogIn": _body(
            "login",
            {
                "email": "$request.body#/email",
                "password": "$request.body#/password",
            },
            "Log in with the new account.",
        ),
    },
}
