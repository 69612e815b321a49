CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id                 TEXT    NOT NULL PRIMARY KEY,
    name               TEXT    NOT NULL,
    role               TEXT    NOT NULL,
    email              TEXT,
    disabled           BOOL    NOT NULL DEFAULT FALSE,
    tokens_valid_after BIGINT  NOT NULL DEFAULT 0,
    created_at         BIGINT  NOT NULL,
    last_seen_at       BIGINT
);

CREATE TABLE tickets (
    id                   BIGSERIAL NOT NULL PRIMARY KEY,
    subject              TEXT    NOT NULL,
    status               TEXT    NOT NULL DEFAULT 'open',
    priority             TEXT    NOT NULL DEFAULT 'normal',
    requester_id         TEXT    NOT NULL REFERENCES users (id),
    creator_id           TEXT    NOT NULL REFERENCES users (id),
    assignee_id          TEXT    REFERENCES users (id),
    client_ticket_id     TEXT,
    client_ticket_digest BYTEA,
    public_seq           BIGINT  NOT NULL DEFAULT 0,
    internal_seq         BIGINT  NOT NULL DEFAULT 0,
    created_at           BIGINT  NOT NULL,
    updated_at           BIGINT  NOT NULL,
    last_message_at      BIGINT,
    closed_at            BIGINT
);
-- Partial: a ticket without the creator's own key is in no index it does not need.
CREATE UNIQUE INDEX tickets_client ON tickets (creator_id, client_ticket_id) WHERE client_ticket_id IS NOT NULL;
CREATE INDEX tickets_requester ON tickets (requester_id);

CREATE TABLE participants (
    ticket_id BIGINT  NOT NULL REFERENCES tickets (id),
    user_id   TEXT    NOT NULL REFERENCES users (id),
    joined_at BIGINT  NOT NULL,
    muted     BOOL    NOT NULL DEFAULT FALSE,
    PRIMARY KEY (ticket_id, user_id)
);
CREATE INDEX participants_user ON participants (user_id);

-- stream: 0 public, 1 internal. attachments: how many, so that reading a message without any asks for none.
CREATE TABLE messages (
    id                BIGSERIAL NOT NULL PRIMARY KEY,
    ticket_id         BIGINT   NOT NULL REFERENCES tickets (id),
    stream            SMALLINT NOT NULL,
    seq               BIGINT   NOT NULL,
    pos               BIGINT   NOT NULL,
    sender_id         TEXT     NOT NULL REFERENCES users (id),
    client_message_id TEXT,
    body_digest       BYTEA     NOT NULL,
    body              TEXT     NOT NULL,
    reply_to          BIGINT   REFERENCES messages (id),
    attachments       SMALLINT NOT NULL DEFAULT 0,
    created_at        BIGINT   NOT NULL,
    edited_at         BIGINT,
    deleted_at        BIGINT
);
CREATE UNIQUE INDEX messages_seq ON messages (ticket_id, stream, seq);
CREATE UNIQUE INDEX messages_client ON messages (ticket_id, sender_id, client_message_id)
    WHERE client_message_id IS NOT NULL;

CREATE TABLE attachments (
    id          TEXT     NOT NULL PRIMARY KEY,
    ticket_id   BIGINT   NOT NULL REFERENCES tickets (id),
    message_id  BIGINT   NOT NULL REFERENCES messages (id),
    uploader_id TEXT     NOT NULL REFERENCES users (id),
    name        TEXT     NOT NULL,
    media_type  TEXT     NOT NULL,
    size        BIGINT   NOT NULL,
    sha256      BYTEA,
    link        TEXT,
    ordinal     SMALLINT NOT NULL,
    created_at  BIGINT   NOT NULL
);
CREATE INDEX attachments_message ON attachments (message_id);
