-- barred_at: when they were last disabled, or their tokens revoked; so that other servers notice.
ALTER TABLE users ADD COLUMN barred_at BIGINT;
CREATE INDEX users_barred ON users (barred_at) WHERE barred_at IS NOT NULL;

-- Those that come from outside may be about no ticket, and bring words of their own: title to data.
-- client_key: by which a retry of whoever sent one (actor_id) is recognised.
ALTER TABLE notifications ALTER COLUMN ticket_id DROP NOT NULL;
ALTER TABLE notifications ADD COLUMN title TEXT;
ALTER TABLE notifications ADD COLUMN body TEXT;
ALTER TABLE notifications ADD COLUMN link TEXT;
ALTER TABLE notifications ADD COLUMN data TEXT;
ALTER TABLE notifications ADD COLUMN client_key TEXT;
ALTER TABLE notifications ADD COLUMN client_digest BYTEA;
CREATE UNIQUE INDEX notifications_client_key ON notifications (actor_id, client_key) WHERE client_key IS NOT NULL;
