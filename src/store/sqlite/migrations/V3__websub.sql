-- WebSub: what a hub was asked to push, and under which address and secret. One per feed.
CREATE TABLE subscriptions (
    feed        BIGINT  PRIMARY KEY REFERENCES feeds (id),
    hub         TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    token       TEXT    NOT NULL UNIQUE,
    secret      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    due         BIGINT  NOT NULL,
    lease_until BIGINT,
    failures    INTEGER NOT NULL DEFAULT 0,
    last_push   BIGINT,
    message     TEXT
);
CREATE INDEX subscriptions_due ON subscriptions (due);
