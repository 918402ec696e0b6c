"""The bare SQL of the hot paths, for pgbench: what PostgreSQL at least has to do."""

SHELVES = 60
PAGE = """
SELECT p.id, p.skus, p.name, p.description, c.name, p.category_id, s.quantity, p.price,
    round(s.cost, 4), p.created_at, greatest(p.updated_at, s.updated_at), p.version,
    c.version, s.version
FROM products p JOIN categories c ON c.id = p.category_id
    JOIN stock s ON s.variant_id = p.default_variant_id AND s.location_id = 1
WHERE p.removed_at IS NULL {}
"""
KEY = """
kept AS (
    INSERT INTO idempotency_keys (user_id, key, fingerprint, operation, expires_at,
        status, headers, body)
    VALUES (:buyer, CAST(gen_random_uuid() AS text), sha256('x'), '{}',
        now() + interval '48 hours', 200, '{{}}', CAST(repeat('x', 900) AS bytea))
)
"""
CREATE = (
    """
\\set a random(:first, :last - 2)
\\set n random(1, 3)
WITH wanted (product_id, quantity, position) AS (
    VALUES (CAST(:a AS bigint), CAST(:n AS integer), 1),
        (CAST(:a AS bigint) + 1, 1, 2), (CAST(:a AS bigint) + 2, 2, 3)
), priced AS (
    SELECT wanted.*, p.default_variant_id AS variant_id, p.name, p.price
    FROM wanted JOIN products p ON p.id = wanted.product_id
    WHERE p.removed_at IS NULL
), made AS (
    INSERT INTO orders (user_id, status, location, country_code, total, created_at,
        updated_at)
    SELECT :buyer, 'pending', 'Ireland', 'IE', sum(quantity * price), now(), now()
    FROM priced
    RETURNING id
),"""
    + KEY.format("create_order")
    + """, items AS (
    INSERT INTO order_items (order_id, product_id, variant_id, position, product_name,
        quantity, unit_price)
    SELECT made.id, product_id, variant_id, position, name, quantity, price
    FROM made, priced
    RETURNING order_id
)
SELECT DISTINCT order_id AS placed FROM items"""
)
EXECUTE = (
    """
WITH taken_on AS (
    UPDATE orders SET status = 'executed', executed_at = now(), updated_at = now(),
        invoice_number = 'INV-' || id,
        version = version + 1
    WHERE id = :placed AND status = 'pending'
    RETURNING id, user_id, total
), held AS (
    SELECT variant_id FROM stock
    WHERE variant_id IN (SELECT variant_id FROM order_items WHERE order_id = :placed)
    ORDER BY variant_id FOR NO KEY UPDATE
), moved AS (
    INSERT INTO stock_movements (variant_id, delta, reason, order_id, user_id,
        created_at)
    SELECT variant_id, -quantity, 'sale', order_id, user_id, now()
    FROM order_items JOIN held USING (variant_id)
        JOIN taken_on ON taken_on.id = order_id
    ORDER BY variant_id
    RETURNING variant_id, value_delta
), noted AS (
    UPDATE order_items SET line_cost = -moved.value_delta, category_id = c.id,
        category_name = c.name
    FROM moved, products p
        JOIN categories c ON c.id = p.category_id
    WHERE order_items.order_id = :placed AND p.id = order_items.product_id
        AND order_items.variant_id = moved.variant_id
),"""
    + KEY.format("execute_order")
    + """
INSERT INTO payments (order_id, user_id, method, reference, status, amount,
    created_at, settled_at)
SELECT id, user_id, 'invoice', 'INV-' || id, 'captured', total, now(), now()
FROM taken_on;
"""
)
