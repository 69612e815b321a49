-- Files that were uploaded and that no message carries yet: sending one moves its row to attachments.
CREATE TABLE uploads (
    id          TEXT   NOT NULL PRIMARY KEY,
    ticket_id   BIGINT NOT NULL REFERENCES tickets (id),
    uploader_id TEXT   NOT NULL REFERENCES users (id),
    name        TEXT   NOT NULL,
    media_type  TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    sha256      BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX uploads_uploader ON uploads (uploader_id);
CREATE INDEX uploads_created ON uploads (created_at);
