DELETE FROM notifications WHERE title IS NOT NULL;
CREATE TABLE notifications_old (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    ticket_id  BIGINT  NOT NULL REFERENCES tickets (id),
    message_id BIGINT  REFERENCES messages (id),
    actor_id   TEXT    REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    read_at    BIGINT
);
INSERT INTO notifications_old (id, user_id, kind, ticket_id, message_id, actor_id, created_at, read_at)
    SELECT id, user_id, kind, ticket_id, message_id, actor_id, created_at, read_at FROM notifications;
DELETE FROM sqlite_sequence WHERE name = 'notifications_old';
INSERT INTO sqlite_sequence (name, seq) SELECT 'notifications_old', seq FROM sqlite_sequence WHERE name = 'notifications';
DROP TABLE notifications;
ALTER TABLE notifications_old RENAME TO notifications;
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
DROP INDEX users_barred;
ALTER TABLE users DROP COLUMN barred_at;
