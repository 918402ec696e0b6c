"""What staff does is noted, with what it was before and after, and stays."""

from alembic import op

revision = "0042"
down_revision = "0041"

TABLES = """
CREATE TABLE activities (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    user_id BIGINT,
    role TEXT,
    operation TEXT NOT NULL,
    entity TEXT,
    entity_id BIGINT,
    request_id TEXT,
    client TEXT,
    CONSTRAINT pk_activities PRIMARY KEY (id),
    CONSTRAINT fk_activities_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT ck_activities_role_of_staff CHECK (
        role IN ('manager', 'admin') AND user_id IS NOT NULL OR role IS NULL),
    CONSTRAINT ck_activities_client_is_a_digest CHECK (client ~ '^[0-9a-f]{16}$'),
    CONSTRAINT ck_activities_id_of_something CHECK (
        entity_id IS NULL OR entity IS NOT NULL)
);
CREATE INDEX ix_activities_at ON activities (at DESC, id DESC);
CREATE INDEX ix_activities_user_id ON activities (user_id, at DESC, id DESC);
CREATE INDEX ix_activities_operation ON activities (operation, at DESC, id DESC);
CREATE INDEX ix_activities_entity ON activities (entity, entity_id)
    WHERE entity_id IS NOT NULL;

CREATE TABLE activity_changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    activity_id UUID NOT NULL,
    entity TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    product_id BIGINT,
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    CONSTRAINT pk_activity_changes PRIMARY KEY (id),
    -- The activity is noted last in the transaction that makes the change.
    CONSTRAINT fk_activity_changes_activity_id FOREIGN KEY (activity_id)
        REFERENCES activities (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_activity_changes_something_changed CHECK (before <> after)
);
CREATE INDEX ix_activity_changes_activity_id ON activity_changes (activity_id, id);
CREATE INDEX ix_activity_changes_entity ON activity_changes (entity, entity_id);
CREATE INDEX ix_activity_changes_product_id ON activity_changes (product_id)
    WHERE product_id IS NOT NULL;
"""

FINAL = """
CREATE TRIGGER activities_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON activities
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what was done is never changed or deleted');
CREATE TRIGGER activity_changes_are_final
    BEFORE UPDATE OR DELETE OR TRUNCATE ON activity_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what was done is never changed or deleted');
"""

# The arguments: what the row is called; the columns of its id, and of what tells its
# product ('' without one); what is not told, as it follows or is somebody's own.
NOTING = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told_as jsonb := to_jsonb(NEW);
    was jsonb := to_jsonb(OLD) - CAST(TG_ARGV[3] AS text[]);
    is_now jsonb := told_as - CAST(TG_ARGV[3] AS text[]);
    belongs_to bigint := CAST(told_as ->> TG_ARGV[2] AS bigint);
BEGIN
    IF was = is_now THEN
        RETURN NULL;
    END IF;
    IF TG_ARGV[2] = 'variant_id' THEN
        belongs_to := (SELECT product_id FROM variants WHERE id = belongs_to);
    ELSIF TG_ARGV[2] = 'option_id' THEN
        belongs_to := (SELECT product_id FROM product_options WHERE id = belongs_to);
    END IF;
    INSERT INTO activity_changes
        (activity_id, entity, entity_id, product_id, before, after)
    SELECT CAST(current_setting('shopkeeper.activity') AS uuid), TG_ARGV[0],
        CAST(told_as ->> TG_ARGV[1] AS bigint), belongs_to,
        jsonb_object_agg(key, value), jsonb_object_agg(key, is_now -> key)
    FROM jsonb_each(was) WHERE is_now -> key <> value;
    RETURN NULL;
END
$$;
"""
OF = {
    "products": (
        *("products", "id", "id"),
        "{version,updated_at,price,skus,variant_count,default_variant_id,option_count}",
    ),
    "variants": ("variants", "id", "product_id", "{version,updated_at,value_ids}"),
    "stock": ("variants", "variant_id", "variant_id", "{version,updated_at,value}"),
    "product_options": ("product_options", "id", "product_id", "{}"),
    "option_values": ("option_values", "id", "option_id", "{}"),
    "categories": ("categories", "id", "", "{version,updated_at,parent_path,path}"),
    # Its lines are in its total; whose it is stays.
    "orders": ("orders", "id", "", "{version,updated_at}"),
    "users": (
        *("users", "id", ""),
        "{email,full_name,password_hash,updated_at}",
    ),
}


# What a stock begins with is no change of it: it comes with the stock itself.
ONLY = {"stock": " AND (OLD.version > 1 OR OLD.updated_at <> NEW.updated_at)"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(TABLES)
    op.execute(FINAL)
    op.execute(NOTING)
    for table, arguments in OF.items():
        told = ", ".join(f"'{argument}'" for argument in arguments)
        op.execute(
            f"CREATE TRIGGER note_change AFTER UPDATE ON {table} FOR EACH ROW"
            # Unset it is null, and after a transaction that has set it, empty.
            " WHEN (current_setting('shopkeeper.activity', true) <> ''"
            f"{ONLY.get(table, '')})"
            f" EXECUTE FUNCTION note_change({told})"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in OF:
        op.execute(f"DROP TRIGGER note_change ON {table}")
    op.execute("DROP FUNCTION note_change")
    op.execute("DROP TABLE activity_changes, activities")
