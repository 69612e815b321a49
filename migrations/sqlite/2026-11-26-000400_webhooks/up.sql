-- secret, previous_secret: in clear, for they sign. events: names with commas between, or nothing for all.
-- deleted_at: its deliveries are being forgotten, and then it is.
CREATE TABLE webhooks (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    url             TEXT    NOT NULL,
    secret          TEXT    NOT NULL,
    previous_secret TEXT,
    previous_until  BIGINT,
    events          TEXT    NOT NULL,
    internal        BOOLEAN NOT NULL,
    description     TEXT    NOT NULL,
    enabled         BOOLEAN NOT NULL,
    disabled_reason TEXT,
    created_at      BIGINT  NOT NULL,
    deleted_at      BIGINT
);

-- Where an event stands, and never what it says: that is read from the log when it is sent. Without a
-- foreign key to webhooks: a commit must not fail because one was deleted by another server.
-- next_attempt_at: only of the earliest of a webhook and a ticket that is not done. leased_until: someone
-- tries it until then. queued_at: when it was recorded, or replayed. forget_at: set once it is done. pos: 0 of the opening, which is before all.
CREATE TABLE webhook_deliveries (
    id              INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook_id      BIGINT   NOT NULL,
    event_id        TEXT     NOT NULL,
    event           TEXT     NOT NULL,
    ticket_id       BIGINT   REFERENCES tickets (id),
    stream          SMALLINT,
    seq             BIGINT,
    pos             BIGINT   NOT NULL,
    state           TEXT     NOT NULL DEFAULT 'pending',
    attempts        INTEGER  NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,
    leased_until    BIGINT,
    last_status     SMALLINT,
    last_error      TEXT,
    created_at      BIGINT   NOT NULL,
    queued_at       BIGINT   NOT NULL,
    settled_at      BIGINT,
    forget_at       BIGINT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, ticket_id, pos)
    WHERE forget_at IS NULL;
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (webhook_id, ticket_id)
    WHERE leased_until IS NOT NULL;
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, state, id);
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (forget_at) WHERE forget_at IS NOT NULL;
