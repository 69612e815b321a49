-- barred_at: when they were last disabled, or their tokens revoked; so that other servers notice.
ALTER TABLE users ADD COLUMN barred_at BIGINT;
CREATE INDEX users_barred ON users (barred_at) WHERE barred_at IS NOT NULL;

-- Those that come from outside may be about no ticket, and bring words of their own: title to data.
-- client_key: by which a retry of whoever sent one (actor_id) is recognised.
CREATE TABLE notifications_new (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id       TEXT    NOT NULL REFERENCES users (id),
    kind          TEXT    NOT NULL,
    ticket_id     BIGINT  REFERENCES tickets (id),
    message_id    BIGINT  REFERENCES messages (id),
    actor_id      TEXT    REFERENCES users (id),
    created_at    BIGINT  NOT NULL,
    read_at       BIGINT,
    title         TEXT,
    body          TEXT,
    link          TEXT,
    data          TEXT,
    client_key    TEXT,
    client_digest BLOB
);
INSERT INTO notifications_new (id, user_id, kind, ticket_id, message_id, actor_id, created_at, read_at)
    SELECT id, user_id, kind, ticket_id, message_id, actor_id, created_at, read_at FROM notifications;
-- An id is never given twice, also when the newest rows were forgotten.
DELETE FROM sqlite_sequence WHERE name = 'notifications_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'notifications_new', seq FROM sqlite_sequence WHERE name = 'notifications';
DROP TABLE notifications;
ALTER TABLE notifications_new RENAME TO notifications;
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notifications_client_key ON notifications (actor_id, client_key) WHERE client_key IS NOT NULL;
