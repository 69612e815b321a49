-- availability: what the user set; whether they are there is not in here.
ALTER TABLE users ADD COLUMN availability TEXT NOT NULL DEFAULT 'online';
ALTER TABLE users ADD COLUMN erased_at BIGINT;
CREATE INDEX users_name ON users (name);
-- Mentions look for staff by name, however many customers share it.
CREATE INDEX users_staff ON users (name) WHERE role <> 'customer';
CREATE INDEX users_erased ON users (erased_at) WHERE erased_at IS NOT NULL;

-- public_events, internal_events: how many numbers of a stream are no messages. reopened_at: when a
-- customer reopened it and its assignee has not written since.
ALTER TABLE tickets ADD COLUMN public_events BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN internal_events BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN snoozed_until BIGINT;
ALTER TABLE tickets ADD COLUMN reopened_at BIGINT;
ALTER TABLE tickets ADD COLUMN rating SMALLINT;
ALTER TABLE tickets ADD COLUMN rating_comment TEXT;
ALTER TABLE tickets ADD COLUMN rated_at BIGINT;
CREATE INDEX tickets_updated ON tickets (updated_at, id);
CREATE INDEX tickets_status ON tickets (status, updated_at, id);
CREATE INDEX tickets_assignee ON tickets (assignee_id, updated_at, id);
DROP INDEX tickets_requester;
CREATE INDEX tickets_requester ON tickets (requester_id, updated_at, id);
CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX tickets_reopened ON tickets (status, id) WHERE reopened_at IS NOT NULL;
-- What someone has to do, however much they have done; and what waits for someone.
CREATE INDEX tickets_current ON tickets (assignee_id, id) WHERE status <> 'closed';
CREATE INDEX tickets_waiting ON tickets (status, id) WHERE assignee_id IS NULL;

CREATE TABLE ticket_labels (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    label     TEXT   NOT NULL,
    PRIMARY KEY (ticket_id, label)
);
CREATE INDEX ticket_labels_label ON ticket_labels (label, ticket_id);

-- Anyone who sees a ticket may mute it, participant or not.
CREATE TABLE mutes (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    user_id   TEXT   NOT NULL REFERENCES users (id),
    PRIMARY KEY (ticket_id, user_id)
);
ALTER TABLE participants DROP COLUMN muted;

-- Every durable event that is no message; never a message's text. user_id: whom it is about.
CREATE TABLE ticket_events (
    ticket_id  BIGINT   NOT NULL REFERENCES tickets (id),
    stream     SMALLINT NOT NULL,
    seq        BIGINT   NOT NULL,
    pos        BIGINT   NOT NULL,
    kind       TEXT     NOT NULL,
    actor_id   TEXT     REFERENCES users (id),
    user_id    TEXT     REFERENCES users (id),
    message_id BIGINT   REFERENCES messages (id),
    payload    TEXT     NOT NULL,
    created_at BIGINT   NOT NULL,
    PRIMARY KEY (ticket_id, stream, seq)
);
CREATE INDEX ticket_events_message ON ticket_events (message_id) WHERE message_id IS NOT NULL;

-- reactions: how many rows there are, so that reading a message without any asks for none.
ALTER TABLE messages ADD COLUMN reactions SMALLINT NOT NULL DEFAULT 0;
-- What is unread is counted from this index alone.
CREATE INDEX messages_unread ON messages (ticket_id, stream, seq, sender_id) WHERE deleted_at IS NULL;

-- What an edit or a delete replaced; append-only.
CREATE TABLE message_revisions (
    id         BIGSERIAL NOT NULL PRIMARY KEY,
    message_id BIGINT  NOT NULL REFERENCES messages (id),
    actor_id   TEXT    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX message_revisions_message ON message_revisions (message_id);

CREATE TABLE reactions (
    message_id BIGINT NOT NULL REFERENCES messages (id),
    emoji      TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);

-- Agents have positions without being participants.
CREATE TABLE read_positions (
    ticket_id     BIGINT   NOT NULL REFERENCES tickets (id),
    user_id       TEXT     NOT NULL REFERENCES users (id),
    stream        SMALLINT NOT NULL,
    delivered_seq BIGINT   NOT NULL,
    read_seq      BIGINT   NOT NULL,
    PRIMARY KEY (ticket_id, user_id, stream)
);

-- Without any text: titles and bodies are made of what they name, as it is when they are read.
CREATE TABLE notifications (
    id         BIGSERIAL NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    ticket_id  BIGINT  NOT NULL REFERENCES tickets (id),
    message_id BIGINT  REFERENCES messages (id),
    actor_id   TEXT    REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    read_at    BIGINT
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;

-- owner_id: whose alone it is; NULL when all agents share it.
CREATE TABLE canned_responses (
    id         BIGSERIAL NOT NULL PRIMARY KEY,
    owner_id   TEXT    REFERENCES users (id),
    author_id  TEXT    NOT NULL REFERENCES users (id),
    shortcut   TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX canned_responses_personal ON canned_responses (owner_id, shortcut) WHERE owner_id IS NOT NULL;
CREATE UNIQUE INDEX canned_responses_shared ON canned_responses (shortcut) WHERE owner_id IS NULL;

-- words: the text's words as the program folds them; and `#<ticket>p` or `#<ticket>i`, by which a search is
-- confined to what its caller sees. No text is kept here, only the index.
CREATE TABLE message_search (
    message_id BIGINT   NOT NULL PRIMARY KEY REFERENCES messages (id),
    words      TSVECTOR NOT NULL
);
CREATE INDEX message_search_words ON message_search USING GIN (words);
CREATE TABLE ticket_search (
    ticket_id BIGINT   NOT NULL PRIMARY KEY REFERENCES tickets (id),
    words     TSVECTOR NOT NULL
);
CREATE INDEX ticket_search_words ON ticket_search USING GIN (words);
