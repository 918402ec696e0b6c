"""Promises about the catalogue: what a product shows is what its variants are."""

from shopkeeper.audit.repository.check import Check

CATALOGUE = [
    Check(
        "products_show_their_variants",
        "Every product on sale has variants, and shows their lowest price, their skus,"
        " how many they are and the first of them; a removed one has none.",
        "SELECT count(*) FROM products",
        """
        SELECT format('product %s', products.id) AS subject,
            format('price %s, skus %s, %s variants, the first %s', products.price,
                coalesce(products.skus, 'none'), products.variant_count,
                products.default_variant_id) AS found,
            format('price %s, skus %s, %s variants, the first %s', shown.price,
                coalesce(shown.skus, 'none'), shown.variant_count,
                shown.default_variant_id) AS expected
        FROM products
        LEFT JOIN (
            SELECT product_id, min(price) AS price,
                string_agg(sku, E'\\n' ORDER BY position) AS skus,
                count(*) AS variant_count,
                (array_agg(id ORDER BY position))[1] AS default_variant_id
            FROM variants WHERE removed_at IS NULL
            GROUP BY product_id
        ) AS shown ON shown.product_id = products.id
        WHERE (shown.product_id IS NULL) <> (products.removed_at IS NOT NULL)
            OR (
                shown.product_id IS NOT NULL AND (
                    products.price, products.skus, products.variant_count,
                    products.default_variant_id
                ) IS DISTINCT FROM (
                    shown.price, shown.skus, shown.variant_count,
                    shown.default_variant_id
                )
            )
        """,
    ),
    Check(
        "what_is_on_sale_can_be_found",
        "Every product on sale stands in a category that is there, and so does every"
        " category that stands below another.",
        "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM categories)",
        """
        SELECT format('product %s', products.id) AS subject,
            format('category %s, removed', products.category_id) AS found,
            'a category that is there' AS expected
        FROM products
        JOIN categories ON categories.id = products.category_id
        WHERE products.removed_at IS NULL AND categories.removed_at IS NOT NULL
        UNION ALL
        SELECT format('category %s', categories.id),
            format('below category %s, removed', above.id),
            'below one that is there'
        FROM categories
        JOIN categories AS above ON above.id = categories.parent_id
        WHERE categories.removed_at IS NULL AND above.removed_at IS NOT NULL
        """,
    ),
    Check(
        "variants_are_of_their_options",
        "Every variant on sale is one value of each option of its product, in their"
        " order.",
        "SELECT count(*) FROM variants",
        """
        SELECT format('variant %s', variants.id) AS subject,
            format('values %s', variants.value_ids) AS found,
            format('one of each of %s options', products.option_count) AS expected
        FROM variants
        JOIN products ON products.id = variants.product_id
        LEFT JOIN LATERAL (
            SELECT count(*) AS options,
                coalesce(array_agg(value.id ORDER BY option.position, value.id), '{}')
                    AS value_ids
            FROM product_options AS option
            LEFT JOIN option_values AS value ON value.option_id = option.id
                AND value.id = ANY (variants.value_ids)
            WHERE option.product_id = products.id
        ) AS held ON true
        WHERE variants.removed_at IS NULL AND (
            products.option_count <> held.options
            OR variants.value_ids IS DISTINCT FROM held.value_ids
        )
        """,
    ),
]
