"""Every CHECK, UNIQUE and FOREIGN KEY, met by going round the code above it.

It is one list on purpose: a constraint that is not in it fails the last test.
"""

from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopkeeper.models import Base

NOW = "2026-01-01T00:00:00Z"
STAMPS = {"created_at": NOW, "updated_at": NOW}
HASH = "scrypt:1:1:1$x$y"
KEY = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER_KEY = "01890a5d-ac96-774b-bcce-b302099a8058"
DUE = {"status": "due", "settled_at": None, "due_at": NOW}
NEW = {"reference": "new", "refund_id": None}
GIVEN_UP = {"status": "failed", "finished_at": NOW}
PENDING = {"status": "pending", "settled_at": None, "expires_at": NOW, "look_at": NOW}

ROWS: dict[str, dict[str, Any]] = {
    "users": {
        "email": "a@example.com",
        "full_name": "A",
        "password_hash": HASH,
        "role": "customer",
        **STAMPS,
    },
    "categories": {"name": "Pens", **STAMPS},
    "products": {
        "name": "Pen",
        "price": 1,
        "category_id": 1,
        "default_variant_id": 11,
        **STAMPS,
    },
    "former_slugs": {"slug": "pencil", "product_id": 1},
    "variants": {"product_id": 1, "position": 1, "price": 1, **STAMPS},
    "product_options": {"product_id": 3, "position": 1, "name": "Size"},
    "option_values": {"option_id": 1, "position": 1, "value": "M"},
    "locations": {"code": "attic", "name": "Attic"},
    "stock": {"variant_id": 11, "quantity": 0, "updated_at": NOW},
    "stock_movements": {
        "variant_id": 11,
        "delta": 5,
        "reason": "adjustment",
        "created_at": NOW,
    },
    "backorders": {
        "order_id": 1,
        "order_item_id": 1,
        "variant_id": 11,
        "location_id": 1,
        "sequence": 2,
        "waiting": 1,
    },
    "orders": {
        "user_id": 1,
        "status": "pending",
        "location": "Ireland",
        "country_code": "IE",
        "total": 10,
        **STAMPS,
    },
    "order_items": {
        "order_id": 1,
        "product_id": 1,
        "variant_id": 11,
        "position": 1,
        "product_name": "Pen",
        "quantity": 2,
        "unit_price": 5,
    },
    "order_adjustments": {
        "order_id": 1,
        "order_item_id": 1,
        "kind": "discount",
        "label": "Ten percent",
        "amount": -1,
    },
    "payments": {
        "order_id": 1,
        "method": "invoice",
        "reference": "INV-1",
        "status": "captured",
        "amount": 10,
        "created_at": NOW,
        "settled_at": NOW,
    },
    "refunds": {
        "order_id": 1,
        "payment_id": 1,
        "user_id": 1,
        "reference": "CRN-1",
        "credit_note_number": "CRN-1",
        "status": "succeeded",
        "settled_at": NOW,
        "amount": 5,
        "restocked": True,
        "created_at": NOW,
    },
    "refund_items": {
        "refund_id": 1,
        "order_id": 1,
        "order_item_id": 1,
        "quantity": 1,
        "amount": 5,
        "cost": 1,
        "restocked_cost": 1,
        "restocked_quantity": 1,
    },
    "outside_refunds": {
        "payment_id": 1,
        "reference": "re_1",
        "amount": 1,
        "status": "succeeded",
        "refund_id": 1,
        "created_at": NOW,
        "noted_at": NOW,
    },
    "disputes": {
        "payment_id": 1,
        "reference": "dp_1",
        "amount": 1,
        "reason": "fraudulent",
        "status": "lost",
        "refund_id": 1,
        "created_at": NOW,
        "noted_at": NOW,
        "closed_at": NOW,
    },
    "logins": {
        "user_id": 1,
        "generation": 1,
        "created_at": NOW,
        "rotated_at": NOW,
        "expires_at": "2026-02-01T00:00:00Z",
    },
    "audits": {
        "user_id": 1,
        "status": "queued",
        "with_repair": False,
        "created_at": NOW,
    },
    "activities": {
        "id": KEY,
        "at": NOW,
        "user_id": 1,
        "role": "admin",
        "operation": "update_product",
    },
    "activity_changes": {
        "activity_id": KEY,
        "entity": "variants",
        "entity_id": 11,
        "before": '{"price": 1}',
        "after": '{"price": 2}',
    },
    "login_throttles": {"subject": "x", "failures": 1, "failed_at": NOW},
    "imports": {
        "user_id": 1,
        "status": "queued",
        "filename": "a.csv",
        "size": 1,
        "options": "{}",
        "created_at": NOW,
    },
    "receipts": {
        "payment_id": 1,
        "user_id": 1,
        "amount": 1,
        "received_at": NOW,
    },
    "number_series": {"name": "INV-2026", "last_number": 1},
    "password_resets": {
        "user_id": 1,
        "token_hash": b"x" * 32,
        "created_at": NOW,
        "expires_at": "2026-02-01T00:00:00Z",
    },
    "gateway_events": {"id": "evt_1", "type": "t", "received_at": NOW},
    "test_gateway_charges": {
        "key": KEY,
        "status": "captured",
        "amount": 10,
        "currency": "USD",
        "created_at": NOW,
    },
    "test_gateway_refunds": {
        "key": KEY,
        "charge_key": KEY,
        "amount": 5,
        "created_at": NOW,
    },
    "sold_as": {
        "product_id": 1,
        "product_name": "Pen",
        "category_id": 1,
        "category_name": "Pens",
    },
    "product_revisions": {
        "product_id": 1,
        "version": 1,
        "valid_until": NOW,
        "name": "Pen",
        "category_id": 1,
    },
    "variant_revisions": {
        "variant_id": 11,
        "version": 1,
        "valid_until": NOW,
        "price": 5,
    },
    "category_revisions": {
        "category_id": 1,
        "version": 1,
        "valid_until": NOW,
        "name": "Pens",
    },
    "import_parts": {"import_id": 1, "part": 0, "data": b"x"},
    "import_errors": {
        "import_id": 1,
        "row": 2,
        "place": 1,
        "code": "missing",
        "message": "is needed",
    },
    "import_rejected_rows": {"import_id": 1, "row": 2, "cells": ["Pen"]},
    "idempotency_keys": {
        "user_id": 1,
        "key": "k",
        "fingerprint": b"x" * 32,
        "operation": "add_product",
        "status": 200,
        "expires_at": NOW,
    },
}

VIOLATIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("users", "uq_users_email", {"email": "A@EXAMPLE.com"}),
    ("users", "ck_users_role_known", {"email": "b@b.b", "role": "king"}),
    ("users", "ck_users_full_name_length", {"email": "b@b.b", "full_name": ""}),
    ("users", "ck_users_email_length", {"email": "b"}),
    (
        "users",
        "ck_users_erased_has_no_personal_data",
        {"email": "b@b.b", "erased_at": NOW},
    ),
    (
        "users",
        "ck_users_erased_has_no_personal_data",
        {"email": "b@b.b", "password_hash": None},
    ),
    (
        "users",
        "ck_users_created_first",
        {"email": "b@b.b", "updated_at": "2025-01-01T00:00:00Z"},
    ),
    ("categories", "uq_categories_path", {"name": "PENS"}),
    ("categories", "ck_categories_name_is_no_path", {"name": "Ink > Blue"}),
    ("categories", "ck_categories_parent_whole", {"name": "Ink", "parent_id": 1}),
    (
        "categories",
        "ck_categories_levels_few",
        {"name": "Ink", "parent_id": 1, "parent_path": " > ".join("abcdefghij")},
    ),
    ("categories", "ck_categories_position_from_1", {"name": "Ink", "position": 0}),
    # It is called otherwise.
    (
        "categories",
        "fk_categories_parent_id_parent_path",
        {"name": "Ink", "parent_id": 1, "parent_path": "Pencils"},
    ),
    ("categories", "ck_categories_name_length", {"name": ""}),
    ("categories", "ck_categories_name_trimmed", {"name": " Ink"}),
    ("categories", "ck_categories_version_from_1", {"name": "Ink", "version": 0}),
    ("products", "uq_products_name", {"name": "PEN"}),
    ("products", "ck_products_has_a_variant", {"name": "Ink", "variant_count": 0}),
    # It has no such variant.
    ("products", "fk_products_id_default_variant_id", {"name": "Ink"}),
    ("variants", "uq_variants_sku", {"position": 2, "sku": "p-1"}),
    ("variants", "uq_variants_position", {}),
    ("variants", "ck_variants_sku_length", {"position": 2, "sku": ""}),
    ("variants", "ck_variants_price_positive", {"position": 2, "price": 0}),
    ("variants", "ck_variants_position_from_1", {"position": 0}),
    ("variants", "ck_variants_version_from_1", {"position": 2, "version": 0}),
    ("variants", "fk_variants_product_id", {"product_id": 99}),
    ("variants", "uq_variants_value_ids", {"position": 2}),
    (
        "variants",
        "ck_variants_compare_at_price_positive",
        {"position": 2, "compare_at_price": 0},
    ),
    ("variants", "ck_variants_barcode_is_a_gtin", {"position": 2, "barcode": "1"}),
    (
        "variants",
        "ck_variants_weight_not_negative",
        {"position": 2, "weight_grams": -1},
    ),
    ("variants", "ck_variants_of_options", {"position": 2, "value_ids": [1]}),
    # Which no variant of it is something of.
    ("product_options", "ck_variants_of_options", {"product_id": 2}),
    ("product_options", "ck_product_options_few", {"position": 6}),
    ("product_options", "ck_product_options_name_length", {"position": 2, "name": ""}),
    ("product_options", "uq_product_options_product_id_position", {"name": "Colour"}),
    ("product_options", "uq_product_options_name", {"position": 2, "name": "SIZE"}),
    ("product_options", "fk_product_options_product_id", {"product_id": 99}),
    ("option_values", "ck_option_values_position_from_1", {"position": 0}),
    ("option_values", "ck_option_values_value_length", {"position": 2, "value": ""}),
    ("option_values", "uq_option_values_option_id_position", {"value": "L"}),
    ("option_values", "uq_option_values_value", {"position": 2, "value": "m"}),
    ("option_values", "fk_option_values_option_id", {"option_id": 99}),
    ("variant_revisions", "fk_variant_revisions_variant_id", {"variant_id": 99}),
    ("locations", "uq_locations_code", {"code": "main"}),
    ("locations", "ck_locations_code_readable", {"code": "The attic"}),
    ("locations", "ck_locations_name_length", {"name": ""}),
    ("products", "ck_products_name_length", {"name": "x" * 256}),
    ("products", "ck_products_name_trimmed", {"name": "Ink "}),
    (
        "products",
        "ck_products_description_length",
        {"name": "Ink", "description": "x" * 5001},
    ),
    ("products", "ck_products_brand_length", {"name": "Ink", "brand": ""}),
    ("products", "ck_products_status_known", {"name": "Ink", "status": "lost"}),
    ("products", "ck_products_tags_few", {"name": "Ink", "tags": ["x"] * 101}),
    ("stock", "pk_stock", {}),
    ("stock", "ck_stock_version_from_1", {"variant_id": 12, "version": 0}),
    ("stock", "fk_stock_variant_id", {"variant_id": 99}),
    ("stock", "fk_stock_location_id", {"location_id": 99}),
    ("products", "ck_products_price_positive", {"name": "Ink", "price": 0}),
    (
        "stock_movements",
        "ck_stock_value_not_negative",
        {"delta": -5, "value_delta": -1},
    ),
    ("stock", "ck_stock_cost_not_negative", {"variant_id": 12, "cost": -1}),
    ("products", "ck_products_version_from_1", {"name": "Ink", "version": 0}),
    ("products", "fk_products_category_id", {"name": "Ink", "category_id": 99}),
    ("orders", "ck_orders_status_known", {"status": "lost"}),
    ("orders", "ck_orders_country_is_alpha_2", {"country_code": "ie"}),
    (
        "orders",
        "ck_orders_refunded_within_total",
        {
            "refunded_total": 11,
            "status": "refunded",
            "executed_at": NOW,
            "invoice_number": "INV-1",
        },
    ),
    ("orders", "ck_orders_executed_has_a_time", {"status": "executed"}),
    ("orders", "ck_orders_executed_has_a_time", {"executed_at": NOW}),
    ("orders", "ck_orders_cancelled_has_a_time", {"status": "cancelled"}),
    ("orders", "ck_orders_refunded_has_the_status", {"refunded_total": 1}),
    ("orders", "ck_orders_version_from_1", {"version": 0}),
    ("orders", "fk_orders_user_id", {"user_id": 99}),
    ("order_items", "pk_order_items", {"id": 1}),
    ("order_items", "uq_order_items_order_id_variant_id", {"id": 2}),
    ("order_items", "fk_order_items_order_id", {"order_id": 99}),
    ("order_items", "fk_order_items_product_id_variant_id", {"variant_id": 12}),
    ("order_items", "ck_order_items_quantity_in_bounds", {"quantity": 0}),
    ("order_items", "ck_order_items_quantity_in_bounds", {"quantity": 1_000_001}),
    ("order_items", "ck_order_items_unit_price_positive", {"unit_price": 0}),
    ("order_items", "ck_order_items_line_cost_not_negative", {"line_cost": -1}),
    ("order_items", "ck_order_items_refunded_within_sold", {"refunded_quantity": 3}),
    ("order_items", "ck_order_items_category_whole", {"category_name": "Pens"}),
    (
        "order_items",
        "fk_order_items_category_id",
        {"product_id": 2, "variant_id": 12, "category_id": 99, "category_name": "x"},
    ),
    ("order_adjustments", "fk_order_adjustments_order_id", {"order_id": 99}),
    (
        "order_adjustments",
        "fk_order_adjustments_order_id_order_item_id",
        {"order_id": 2},
    ),
    (
        "order_adjustments",
        "ck_order_adjustments_kind_known",
        {"kind": "gift", "amount": 1},
    ),
    ("order_adjustments", "ck_order_adjustments_label_length", {"label": ""}),
    ("order_adjustments", "ck_order_adjustments_amount_of_its_kind", {"amount": 1}),
    (
        "order_adjustments",
        "ck_order_adjustments_amount_of_its_kind",
        {"kind": "shipping", "amount": 0},
    ),
    (
        "stock_movements",
        "fk_stock_movements_variant_id_location_id",
        {"variant_id": 99},
    ),
    (
        "stock",
        "ck_stock_low_stock_threshold_not_negative",
        {"variant_id": 12, "low_stock_threshold": -1},
    ),
    (
        "stock",
        "ck_stock_backorder_limit_not_negative",
        {"variant_id": 12, "backorder_limit": -1},
    ),
    ("stock_movements", "ck_stock_quantity_not_negative", {"delta": -6}),
    (
        "stock_movements",
        "ck_stock_movements_only_sales_wait",
        {"reason": "sale", "order_id": 1, "delta": 0},
    ),
    (
        "stock_movements",
        "ck_stock_movements_only_sales_wait",
        {"waiting_delta": 1},
    ),
    (
        "stock_movements",
        "ck_stock_waiting_not_negative",
        {"reason": "refund", "order_id": 1, "refund_id": 1, "waiting_delta": -1},
    ),
    (
        "stock_movements",
        "ck_stock_backorders_within_limit",
        {"reason": "sale", "order_id": 1, "delta": -5, "waiting_delta": 1},
    ),
    ("order_items", "ck_order_items_backordered_within_sold", {"backordered": 3}),
    (
        "order_items",
        "ck_order_items_backordered_within_sold",
        {"tracked": False, "backordered": 1},
    ),
    ("products", "uq_products_slug", {"name": "Other", "slug": "pen"}),
    (
        "products",
        "fk_products_further_category_ids",
        {"name": "Other", "further_category_ids": [99]},
    ),
    ("products", "ck_products_tax_class_length", {"name": "Other", "tax_class": ""}),
    ("former_slugs", "fk_former_slugs_product_id", {"slug": "a", "product_id": 99}),
    (
        "variants",
        "ck_variants_measures_positive",
        {"position": 9, "value_ids": [8], "width_mm": 0},
    ),
    ("backorders", "fk_backorders_order_id_order_item_id", {"order_id": 99}),
    ("backorders", "fk_backorders_variant_id_location_id", {"variant_id": 99}),
    ("backorders", "ck_backorders_waiting_not_negative", {"waiting": -1}),
    ("backorders", "ck_backorders_cost_not_negative", {"cost": -1}),
    ("stock_movements", "ck_stock_movements_reason_known", {"reason": "magic"}),
    ("stock_movements", "ck_stock_movements_delta_has_the_sign", {"delta": 0}),
    (
        "stock_movements",
        "ck_stock_movements_delta_has_the_sign",
        {"reason": "sale", "order_id": 1},
    ),
    (
        "stock_movements",
        "ck_stock_movements_delta_has_the_sign",
        {"reason": "release", "order_id": 1, "delta": -1},
    ),
    (
        "stock_movements",
        "ck_stock_movements_delta_has_the_sign",
        {"reason": "revaluation"},
    ),
    ("stock_movements", "ck_stock_movements_cost_told", {"unit_cost": 1}),
    (
        "stock_movements",
        "ck_stock_movements_reference_of_a_receipt",
        {"reference": "DN-1"},
    ),
    ("product_revisions", "fk_product_revisions_product_id", {"product_id": 99}),
    ("category_revisions", "fk_category_revisions_category_id", {"category_id": 99}),
    ("closing", "ck_closing_one_row", {"id": 2}),
    ("sold_as", "uq_sold_as_all", {}),
    ("stock_movements", "ck_stock_movements_order_named", {"order_id": 1}),
    (
        "stock_movements",
        "ck_stock_movements_order_named",
        {"reason": "sale", "delta": -1},
    ),
    ("stock_movements", "ck_stock_movements_refund_named", {"refund_id": 1}),
    ("stock_movements", "ck_stock_movements_import_named", {"reason": "import"}),
    (
        "stock_movements",
        "ck_stock_movements_correction_explained",
        {"reason": "initial", "note": "x"},
    ),
    (
        "stock_movements",
        "fk_stock_movements_order_id",
        {"reason": "sale", "delta": -1, "order_id": 99},
    ),
    (
        "stock_movements",
        "fk_stock_movements_refund_id",
        {"reason": "refund", "order_id": 1, "refund_id": 99},
    ),
    (
        "stock_movements",
        "fk_stock_movements_import_id",
        {"reason": "import", "import_id": 99},
    ),
    ("stock_movements", "fk_stock_movements_user_id", {"user_id": 99}),
    ("payments", "uq_payments_one_of_an_order", {"reference": "INV-2"}),
    ("payments", "uq_payments_reference", {"order_id": 2}),
    ("payments", "uq_payments_key", {"order_id": 2, "reference": "x", "key": KEY}),
    ("payments", "ck_payments_captured_has_a_reference", {"reference": None}),
    ("payments", "ck_payments_settled_has_a_time", {"settled_at": None}),
    (
        "payments",
        "ck_payments_pending_has_a_deadline",
        {"order_id": 2, "reference": "x", **PENDING, "expires_at": None},
    ),
    ("payments", "ck_payments_failure_explained", {"status": "declined"}),
    ("payments", "ck_payments_attempts_not_negative", {"attempts": -1}),
    (
        "payments",
        "fk_payments_user_id",
        {"order_id": 2, "reference": "INV-2", "user_id": 99},
    ),
    ("payments", "ck_payments_method_known", {"method": "barter"}),
    ("payments", "ck_payments_status_known", {"status": "perhaps"}),
    ("payments", "ck_payments_amount_positive", {"amount": 0}),
    ("payments", "fk_payments_order_id", {"order_id": 99, "reference": "INV-2"}),
    ("payments", "ck_payments_only_pending_needs_an_action", {"next_action": "{}"}),
    (
        "payments",
        "ck_payments_due_has_a_date",
        {"status": "due", "settled_at": None},
    ),
    (
        "payments",
        "ck_payments_only_invoices_are_due",
        {"method": "test", "due_at": NOW},
    ),
    ("payments", "ck_payments_received_within_amount", {"received": 11}),
    ("receipts", "ck_receipts_amount_positive", {"amount": 0}),
    ("receipts", "ck_receipts_reference_length", {"reference": ""}),
    ("receipts", "fk_receipts_payment_id", {"payment_id": 99}),
    ("receipts", "fk_receipts_user_id", {"user_id": 99}),
    ("refunds", "ck_refunds_amount_positive", {"amount": 0}),
    ("refunds", "ck_refunds_status_known", {"status": "perhaps"}),
    ("refunds", "ck_refunds_settled_has_a_time", {"settled_at": None}),
    (
        "refunds",
        "ck_refunds_pending_is_looked_at",
        {"status": "pending", "settled_at": None},
    ),
    ("refunds", "ck_refunds_succeeded_has_a_reference", {"reference": None}),
    ("refunds", "ck_refunds_failure_explained", {"failure_code": "x"}),
    ("refunds", "ck_refunds_attempts_not_negative", {"attempts": -1}),
    (
        "refunds",
        "fk_refunds_payment_id",
        {"payment_id": 99, "credit_note_number": "CRN-2"},
    ),
    (
        "refunds",
        "ck_refunds_succeeded_has_a_credit_note_number",
        {"credit_note_number": None},
    ),
    ("refunds", "uq_refunds_credit_note_number", {}),
    ("refunds", "ck_refunds_paid_by_known", {"paid_by": "barter"}),
    ("refunds", "ck_refunds_somebody_refunds", {"user_id": None}),
    ("refunds", "ck_refunds_reversed_has_a_time", {"reversed_at": NOW}),
    ("payments", "ck_payments_only_captured_is_checked", {**DUE, "check_at": NOW}),
    ("outside_refunds", "ck_outside_refunds_amount_positive", {"amount": 0}),
    ("outside_refunds", "ck_outside_refunds_status_known", {"status": "lost"}),
    ("outside_refunds", "fk_outside_refunds_payment_id", {"payment_id": 99, **NEW}),
    ("outside_refunds", "fk_outside_refunds_refund_id", {**NEW, "refund_id": 99}),
    ("outside_refunds", "uq_outside_refunds_reference", {"refund_id": None}),
    ("outside_refunds", "uq_outside_refunds_refund_id", {"reference": "re_2"}),
    ("disputes", "ck_disputes_amount_positive", {"amount": 0}),
    ("disputes", "ck_disputes_status_known", {"status": "perhaps"}),
    ("disputes", "ck_disputes_closed_has_a_time", {"closed_at": None}),
    ("disputes", "fk_disputes_payment_id", {"payment_id": 99, **NEW}),
    ("disputes", "fk_disputes_refund_id", {**NEW, "refund_id": 99}),
    ("disputes", "uq_disputes_reference", {"refund_id": None}),
    ("disputes", "uq_disputes_refund_id", {"reference": "dp_2"}),
    (
        "orders",
        "ck_orders_executed_has_an_invoice_number",
        {"invoice_number": "INV-1"},
    ),
    (
        "orders",
        "uq_orders_invoice_number",
        {"status": "executed", "executed_at": NOW, "invoice_number": "INV-7"},
    ),
    ("number_series", "pk_number_series", {}),
    (
        "number_series",
        "ck_number_series_last_number_from_1",
        {"name": "INV-2027", "last_number": 0},
    ),
    ("number_series", "ck_number_series_name_length", {"name": ""}),
    (
        "password_resets",
        "ck_password_resets_token_hash_sha256",
        {"user_id": 2, "token_hash": b"x"},
    ),
    (
        "password_resets",
        "ck_password_resets_expires_after_created",
        {"user_id": 2, "expires_at": NOW},
    ),
    ("password_resets", "uq_password_resets_token_hash", {"user_id": 2}),
    (
        "password_resets",
        "fk_password_resets_user_id",
        {"user_id": 99, "token_hash": b"y" * 32},
    ),
    ("refunds", "uq_refunds_key", {"key": KEY}),
    ("gateway_events", "pk_gateway_events", {}),
    ("gateway_events", "ck_gateway_events_id_not_empty", {"id": ""}),
    ("test_gateway_charges", "pk_test_gateway_charges", {}),
    (
        "test_gateway_charges",
        "ck_test_gateway_charges_status_known",
        {"key": OTHER_KEY, "status": "lost"},
    ),
    (
        "test_gateway_charges",
        "ck_test_gateway_charges_amount_positive",
        {"key": OTHER_KEY, "amount": 0},
    ),
    (
        "test_gateway_charges",
        "ck_test_gateway_charges_processing_has_an_outcome",
        {"key": OTHER_KEY, "status": "processing"},
    ),
    ("test_gateway_refunds", "pk_test_gateway_refunds", {}),
    (
        "test_gateway_refunds",
        "ck_test_gateway_refunds_amount_positive",
        {"key": OTHER_KEY, "amount": 0},
    ),
    (
        "test_gateway_refunds",
        "fk_test_gateway_refunds_charge_key",
        {"key": OTHER_KEY, "charge_key": OTHER_KEY},
    ),
    ("refunds", "ck_refunds_reason_length", {"reason": ""}),
    (
        "refunds",
        "fk_refunds_order_id",
        {"order_id": 99, "credit_note_number": "CRN-2"},
    ),
    (
        "refunds",
        "fk_refunds_user_id",
        {"user_id": 99, "credit_note_number": "CRN-2"},
    ),
    (
        "test_gateway_refunds",
        "ck_test_gateway_refunds_status_known",
        {"key": OTHER_KEY, "status": "lost"},
    ),
    ("refund_items", "pk_refund_items", {}),
    ("refund_items", "ck_refund_items_amount_not_negative", {"amount": -1}),
    (
        "refund_items",
        "ck_refund_items_about_something",
        {"quantity": 0, "amount": 0, "restocked_quantity": 0, "restocked_cost": 0},
    ),
    ("refund_items", "ck_refund_items_goods_back_once", {"already_back": 1}),
    ("refund_items", "ck_refund_items_cost_of_restocked", {"restocked_quantity": 0}),
    ("refund_items", "ck_refund_items_cost_not_negative", {"cost": -1}),
    (
        "refund_items",
        "ck_refund_items_restocked_cost_not_negative",
        {"restocked_cost": -1},
    ),
    ("refund_items", "fk_refund_items_refund_id_order_id", {"refund_id": 99}),
    ("refund_items", "fk_refund_items_order_id_order_item_id", {"order_item_id": 2}),
    ("logins", "fk_logins_user_id", {"user_id": 99}),
    ("logins", "ck_logins_generation_from_1", {"generation": 0}),
    ("logins", "ck_logins_expires_after_rotated", {"expires_at": NOW}),
    (
        "logins",
        "ck_logins_created_before_rotated",
        {"created_at": "2026-01-02T00:00:00Z"},
    ),
    ("login_throttles", "pk_login_throttles", {}),
    (
        "login_throttles",
        "ck_login_throttles_failures_not_negative",
        {"subject": "y", "failures": -1},
    ),
    ("idempotency_keys", "pk_idempotency_keys", {}),
    ("idempotency_keys", "fk_idempotency_keys_user_id", {"user_id": 99}),
    ("idempotency_keys", "ck_idempotency_keys_key_length", {"key": ""}),
    (
        "idempotency_keys",
        "ck_idempotency_keys_fingerprint_sha256",
        {"key": "l", "fingerprint": b"x"},
    ),
    (
        "idempotency_keys",
        "ck_idempotency_keys_status_not_5xx",
        {"key": "l", "status": 500},
    ),
    ("imports", "fk_imports_user_id", {"user_id": 99}),
    ("imports", "ck_imports_status_known", {"status": "lost"}),
    ("imports", "ck_imports_ended_has_a_time", {"status": "succeeded"}),
    ("imports", "ck_imports_ended_has_a_time", {"finished_at": NOW}),
    ("imports", "ck_imports_running_has_a_time", {"status": "running"}),
    ("imports", "ck_imports_size_not_negative", {"size": -1}),
    ("imports", "ck_imports_rows_not_negative", {"rows_written": -1}),
    ("imports", "ck_imports_counts_not_negative", {"created": -1}),
    ("import_parts", "pk_import_parts", {}),
    ("import_parts", "fk_import_parts_import_id", {"import_id": 99}),
    ("import_errors", "pk_import_errors", {}),
    ("import_errors", "fk_import_errors_import_id", {"import_id": 99}),
    ("import_rejected_rows", "pk_import_rejected_rows", {}),
    ("import_rejected_rows", "fk_import_rejected_rows_import_id", {"import_id": 99}),
    ("audits", "fk_audits_user_id", {"user_id": 99, **GIVEN_UP}),
    ("audits", "ck_audits_status_known", {"status": "lost"}),
    ("audits", "ck_audits_ended_has_a_time", {"finished_at": NOW}),
    ("audits", "ck_audits_verdict_at_the_end", {"is_sound": True}),
    (
        "audits",
        "ck_audits_verdict_at_the_end",
        {"status": "succeeded", "finished_at": NOW},
    ),
    ("audits", "uq_audits_under_way", {}),
    ("activities", "pk_activities", {}),
    ("activities", "fk_activities_user_id", {"id": OTHER_KEY, "user_id": 99}),
    ("activities", "ck_activities_role_of_staff", {"role": "customer"}),
    ("activities", "ck_activities_role_of_staff", {"user_id": None}),
    ("activities", "ck_activities_client_is_a_digest", {"client": "127.0.0.1"}),
    ("activities", "ck_activities_id_of_something", {"entity_id": 1}),
    (
        "activity_changes",
        "fk_activity_changes_activity_id",
        {"activity_id": OTHER_KEY},
    ),
    (
        "activity_changes",
        "ck_activity_changes_something_changed",
        {"after": '{"price": 1}'},
    ),
    ("shop", "ck_shop_single", {"single": False, "currency": "USD"}),
    ("shop", "ck_shop_currency_is_iso_4217", {"currency": "usd"}),
    ("shop", "pk_shop", {"currency": "EUR"}),
]

NUMBERED = {
    "users",
    "categories",
    "products",
    "variants",
    "product_options",
    "option_values",
    "locations",
    "orders",
    "payments",
    "refunds",
    "imports",
    "audits",
}
TESTED = {name for _, name, _ in VIOLATIONS}


def insert(session: Session, table: str, values: dict[str, Any]) -> None:
    columns = ", ".join(values)
    places = ", ".join(f":{column}" for column in values)
    overriding = "OVERRIDING SYSTEM VALUE" if "id" in values else ""
    session.execute(
        text(f"INSERT INTO {table} ({columns}) {overriding} VALUES ({places})"), values
    )


def insert_for_good(session: Session, table: str, values: dict[str, Any]) -> None:
    """As a commit would: what may wait until then is looked at."""
    insert(session, table, values)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.fixture
def books(session: Session) -> Session:
    """One row in each table, with ids 1; a second order that has no payment."""
    for table in ("users", "categories", "products", "orders", "payments", "refunds"):
        extra = {}
        if table in {"payments", "refunds"}:
            extra = {"key": KEY}
        if table == "refunds":
            insert(session, "order_items", ROWS["order_items"] | {"id": 1})
        insert(session, table, ROWS[table] | {"id": 1} | extra)
        if table == "products":
            second = {"id": 2, "name": "Second", "default_variant_id": 12}
            insert(session, "products", ROWS["products"] | second)
            insert(session, "variants", ROWS["variants"] | {"id": 11, "sku": "P-1"})
            insert(session, "variants", ROWS["variants"] | {"id": 12, "product_id": 2})
            third = {"id": 3, "name": "Third", "default_variant_id": 13}
            insert(session, "products", ROWS["products"] | third)
            insert(session, "product_options", ROWS["product_options"] | {"id": 1})
            insert(session, "option_values", ROWS["option_values"] | {"id": 1})
            sized = {"id": 13, "product_id": 3, "value_ids": [1]}
            insert(session, "variants", ROWS["variants"] | sized)
    insert(session, "orders", ROWS["orders"] | {"id": 2})
    insert(session, "stock", ROWS["stock"])
    insert(session, "stock_movements", ROWS["stock_movements"])
    insert(session, "sold_as", ROWS["sold_as"])
    for table in (
        *("refund_items", "outside_refunds", "disputes"),
        *("logins", "gateway_events"),
    ):
        insert(session, table, ROWS[table])
    insert(session, "imports", ROWS["imports"] | {"id": 1})
    for table in ("import_parts", "import_errors", "import_rejected_rows"):
        insert(session, table, ROWS[table])
    for table in ("test_gateway_charges", "test_gateway_refunds"):
        insert(session, table, ROWS[table])
    for table in ("login_throttles", "idempotency_keys", "number_series"):
        insert(session, table, ROWS[table])
    insert(session, "password_resets", ROWS["password_resets"])
    insert(session, "activities", ROWS["activities"])
    insert(session, "audits", ROWS["audits"])
    sold = {"status": "executed", "executed_at": NOW, "invoice_number": "INV-7"}
    insert(session, "orders", ROWS["orders"] | {"id": 3} | sold)
    return session


@pytest.mark.parametrize(("table", "constraint", "change"), VIOLATIONS)
def test_the_database_refuses(
    books: Session, table: str, constraint: str, change: dict[str, Any]
) -> None:
    row = ROWS.get(table, {}) | change
    if table in NUMBERED:
        row["id"] = 50
    with pytest.raises(IntegrityError) as refused:
        insert_for_good(books, table, row)

    cause = refused.value.orig
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


def test_every_constraint_has_its_test() -> None:
    named = {
        constraint.name
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        # Identity columns make their keys themselves; the composite one has a test.
        if constraint.name and not str(constraint.name).startswith("pk_")
    } | {
        index.name
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if index.unique
    }

    assert named - TESTED == {
        # What is refunded lies between 0 and the total, and that is looked at first.
        "ck_orders_total_not_negative",
        # The pairs are unique because one of their columns is the key.
        "uq_categories_id_path",
        "uq_variants_product_id_id",
        "uq_refunds_id_order_id",
        # The stock's own checks come first; test_stock_ledger.py goes round them.
        "ck_stock_movements_unit_cost_not_negative",
        "ck_stock_movements_balance_not_negative",
        "ck_stock_movements_waiting_not_negative",
        # It is looked first whether there are so many categories.
        "ck_products_further_categories_few",
        # A slug is made one, whatever is said: see test_slugs.py.
        "ck_products_slug_form",
        # Stock begins without anybody who waits: test_backorders.py lets somebody.
        "ck_stock_untracked_waits_for_nothing",
    }
