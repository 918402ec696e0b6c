"""A stand-in for Stripe: the few calls the shop makes, over real HTTP.

localstripe was tried and does not serve: it takes no idempotency keys, and
cannot confirm an intent with a payment method given then.
"""

import hashlib
import hmac
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]

DECLINES = {
    "pm_declined": "generic_decline",
    "pm_poor": "insufficient_funds",
    "pm_unexplained": None,
}


def _without_nulls(pairs: list[tuple[str, Any]]) -> Json:
    """Stripe may leave out what is not said; so this always does."""
    return {name: value for name, value in pairs if value is not None}


class RefusalError(Exception):
    """An answer with an error, as Stripe gives it."""

    def __init__(self, status: int, kind: str, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.error = {"type": kind, "code": code, "message": f"It is {code}.", **more}


class StripeStandIn:
    """Payment intents and refunds in memory; `silent` answers get lost."""

    def __init__(self) -> None:
        self.intents: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.calls: list[str] = []
        # The next calls to these paths are carried out, and not answered.
        self.silent: list[str] = []
        # Intents are left undecided by a confirmation while this is set.
        self.undecided = False
        self.refund_status = "succeeded"
        self.refund_failure: str | None = "expired_or_canceled_card"
        self._answers: dict[str, tuple[int, Json]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, form: Json, key: str | None) -> Any:
        with self._lock:
            self.calls.append(f"{method} {path}")
            if key and key in self._answers:
                return self._answers[key]
            try:
                answer = 200, self._act(method, path, form)
            except RefusalError as refusal:
                answer = refusal.status, {"error": refusal.error}
            answer = json.loads(json.dumps(answer), object_pairs_hook=_without_nulls)
            if key:
                self._answers[key] = answer
            return answer

    def forget_keys(self) -> None:
        """As Stripe does after a day."""
        self._answers.clear()

    def is_silent(self, path: str) -> bool:
        for pattern in self.silent:
            if re.search(pattern, path):
                self.silent.remove(pattern)
                return True
        return False

    def _act(self, method: str, path: str, form: Json) -> Json:
        parts = path.split("/")[2:]
        if method == "GET" and len(parts) == 1:
            return self._list(parts[0], form)
        if parts[0] == "payment_intents" and len(parts) == 1:
            return self._create_intent(form)
        if parts[0] == "payment_intents":
            intent = self.intents.get(parts[1])
            if intent is None:
                raise RefusalError(404, "invalid_request_error", "resource_missing")
            if len(parts) == 2:
                return intent
            return getattr(self, f"_{parts[2]}")(intent, form)  # type: ignore[no-any-return]
        if parts[0] == "refunds" and len(parts) == 2:
            if parts[1] not in self.refunds:
                raise RefusalError(404, "invalid_request_error", "resource_missing")
            return self.refunds[parts[1]]
        return self._refund(form)

    def _list(self, kind: str, form: Json) -> Json:
        """Pages of two, the newest first, so that there is more than one."""
        things: dict[str, Json] = {
            "payment_intents": self.intents,
            "refunds": self.refunds,
            "disputes": self.disputes,
        }[kind]
        found = [
            thing
            for thing in reversed(things.values())
            if form.get("payment_intent") in {None, thing.get("payment_intent")}
            and thing["created"] >= int(form.get("created[gte]", 0))
        ]
        if "starting_after" in form:
            ids = [thing["id"] for thing in found]
            found = found[ids.index(form["starting_after"]) + 1 :]
        return {
            "object": "list",
            "data": found[:2],
            "has_more": len(found) > 2,
            "url": f"/v1/{kind}",
        }

    def _create_intent(self, form: Json) -> Json:
        if int(form["amount"]) < 50:
            raise RefusalError(400, "invalid_request_error", "amount_too_small")
        intent = {
            "id": f"pi_{next(self._numbers)}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "status": "requires_payment_method",
            "created": int(time.time()),
            "last_payment_error": None,
            "metadata": {"shopkeeper_key": form["metadata[shopkeeper_key]"]},
        }
        self.intents[str(intent["id"])] = intent
        return intent

    def _confirm(self, intent: Json, form: Json) -> Json:
        if intent["status"] != "requires_payment_method":
            raise RefusalError(
                400, "invalid_request_error", "payment_intent_unexpected_state"
            )
        token = form["payment_method"]
        if not token.startswith("pm_"):
            raise RefusalError(400, "invalid_request_error", "resource_missing")
        if token in DECLINES:
            error = {"type": "card_error", "code": "card_declined"}
            if reason := DECLINES[token]:
                error |= {"decline_code": reason, "message": "The card was declined."}
            intent["last_payment_error"] = error
            raise RefusalError(
                402,
                "card_error",
                "card_declined",
                **{k: v for k, v in error.items() if k not in {"type", "code"}},
            )
        if token == "pm_3ds":
            intent["status"] = "requires_action"
            intent["client_secret"] = f"{intent['id']}_secret"
            intent["next_action"] = {"type": "use_stripe_sdk"}
            if "return_url" in form:
                url = f"https://bank.invalid/?back={form['return_url']}"
                intent["next_action"] = {
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": url},
                }
            return intent
        intent["status"] = "processing" if self.undecided else "succeeded"
        return intent

    def authenticate(self, intent_id: str, *, passed: bool) -> None:
        """The customer does what their bank asks of them, or fails to."""
        intent = self.intents[intent_id]
        assert intent["status"] == "requires_action"
        intent["next_action"] = None
        if passed:
            intent["status"] = "succeeded"
            return
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": "payment_intent_authentication_failure",
            "message": "The customer could not be authenticated.",
        }

    def _cancel(self, intent: Json, _form: Json) -> Json:
        if intent["status"] in {"succeeded", "canceled"}:
            raise RefusalError(
                400, "invalid_request_error", "payment_intent_unexpected_state"
            )
        intent["status"] = "canceled"
        return intent

    def _refund(self, form: Json) -> Json:
        intent = self.intents[form["payment_intent"]]
        given = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"] and refund["status"] != "failed"
        )
        if given + int(form["amount"]) > intent["amount"]:
            raise RefusalError(400, "invalid_request_error", "charge_already_refunded")
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": int(form["amount"]),
            "currency": intent["currency"],
            "created": int(time.time()),
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "failure_reason": self.refund_failure
            if self.refund_status == "failed"
            else None,
            "metadata": {
                "shopkeeper_key": form["metadata[shopkeeper_key]"],
            }
            if "metadata[shopkeeper_key]" in form
            else {},
        }
        self.refunds[str(refund["id"])] = refund
        return refund

    def refund_by_hand(self, intent_id: str, amount: int) -> str:
        """Somebody refunds on Stripe's own pages."""
        with self._lock:
            refund = self._refund({"payment_intent": intent_id, "amount": amount})
        return str(refund["id"])

    def return_refund(self, refund_id: str) -> None:
        """The customer's bank sends a refund back, days later."""
        self.refunds[refund_id] |= {
            "status": "failed",
            "failure_reason": "lost_or_stolen_card",
        }

    def dispute(self, intent_id: str, amount: int | None = None) -> Json:
        """A customer's bank asks for the money back."""
        intent = self.intents[intent_id]
        dispute = {
            "id": f"dp_{next(self._numbers)}",
            "object": "dispute",
            "amount": intent["amount"] if amount is None else amount,
            "currency": intent["currency"],
            "created": int(time.time()),
            "payment_intent": intent_id,
            "reason": "product_not_received",
            "status": "needs_response",
        }
        self.disputes[str(dispute["id"])] = dispute
        return dispute


def sign(payload: bytes, secret: str, moment: int | None = None) -> str:
    """The header Stripe-Signature (Stripe documentation, "Verify manually")."""
    moment = int(time.time()) if moment is None else moment
    signed = f"{moment}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


@contextmanager
def stand_in_server() -> Iterator[tuple[StripeStandIn, str]]:
    """The stand-in and its address."""
    stripe = StripeStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length).decode() or query
            form = {name: values[-1] for name, values in parse_qs(text).items()}
            status, body = stripe.answer(
                self.command, path, form, self.headers.get("Idempotency-Key")
            )
            if stripe.is_silent(path):
                self.close_connection = True
                self.connection.close()
                return
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stripe, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
