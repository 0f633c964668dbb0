-- Times are milliseconds since the Unix epoch, UTC. Flags are 0 or 1. JSON is TEXT.
-- Everything but `search` and the first line exists in PostgreSQL under the same names.

PRAGMA application_id = 1316443988; -- 'NwST'

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('instance', lower(hex(randomblob(16))));

-- What is remembered about polling a feed. Rows outlive their configuration.
CREATE TABLE feeds (
    id                 INTEGER PRIMARY KEY,
    name               TEXT    NOT NULL UNIQUE,
    url                TEXT    NOT NULL,
    url_since          BIGINT  NOT NULL,
    configured         INTEGER NOT NULL DEFAULT 1,
    etag               BLOB,
    last_modified      BLOB,
    final_url          TEXT,
    body_hash          TEXT,
    title              TEXT,
    language           TEXT,
    link               TEXT,
    next_due           BIGINT  NOT NULL,
    due_reason         TEXT    NOT NULL,
    lease_until        BIGINT,
    paused             INTEGER NOT NULL DEFAULT 0,
    gone               INTEGER NOT NULL DEFAULT 0,
    last_poll          BIGINT,
    last_success       BIGINT,
    last_new           BIGINT,
    last_outcome       TEXT,
    last_message       TEXT,
    last_status        INTEGER,
    failures           INTEGER NOT NULL DEFAULT 0,
    failing_since      BIGINT,
    polls              BIGINT  NOT NULL DEFAULT 0,
    not_modified       BIGINT  NOT NULL DEFAULT 0,
    bytes              BIGINT  NOT NULL DEFAULT 0,
    entries            BIGINT  NOT NULL DEFAULT 0,
    last_unconditional BIGINT,
    rhythm             TEXT
);
CREATE INDEX feeds_due ON feeds (next_due) WHERE configured = 1 AND paused = 0 AND gone = 0;

CREATE TABLE polls (
    id              INTEGER PRIMARY KEY,
    feed            BIGINT  NOT NULL REFERENCES feeds (id),
    at              BIGINT  NOT NULL,
    duration_ms     BIGINT  NOT NULL,
    outcome         TEXT    NOT NULL,
    status          INTEGER,
    message         TEXT,
    bytes           BIGINT  NOT NULL,
    new_entries     BIGINT  NOT NULL,
    revised_entries BIGINT  NOT NULL
);
CREATE INDEX polls_feed ON polls (feed);

CREATE TABLE entries (
    id            INTEGER PRIMARY KEY,
    feed          BIGINT  NOT NULL REFERENCES feeds (id),
    key           TEXT    NOT NULL,
    guid          TEXT,
    url           TEXT,
    canonical_url TEXT,
    title         TEXT    NOT NULL,
    author        TEXT,
    publisher     TEXT,
    categories    TEXT    NOT NULL,
    lang          TEXT,
    published     BIGINT,
    seen          BIGINT  NOT NULL,
    content_hash  TEXT    NOT NULL,
    backlog       INTEGER NOT NULL,
    revision      INTEGER NOT NULL DEFAULT 0,
    searchable    INTEGER NOT NULL DEFAULT 1,
    body          TEXT    NOT NULL,
    UNIQUE (feed, key)
);
CREATE INDEX entries_url ON entries (canonical_url) WHERE canonical_url IS NOT NULL;
CREATE INDEX entries_seen ON entries (seen);
-- What retention still has to visit.
CREATE INDEX entries_to_prune ON entries (seen) WHERE searchable = 1;

-- Entries waiting for the desk: a row here is the state `pending`.
CREATE TABLE pending (
    entry INTEGER PRIMARY KEY REFERENCES entries (id)
);

-- Text an entry had before it changed.
CREATE TABLE revisions (
    entry        BIGINT  NOT NULL REFERENCES entries (id),
    revision     INTEGER NOT NULL,
    title        TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    content_hash TEXT    NOT NULL,
    replaced_at  BIGINT  NOT NULL,
    PRIMARY KEY (entry, revision)
);

CREATE TABLE stories (
    id          INTEGER PRIMARY KEY,
    first_entry BIGINT  NOT NULL REFERENCES entries (id),
    title       TEXT    NOT NULL,
    opened      BIGINT  NOT NULL,
    last        BIGINT  NOT NULL,
    entries     INTEGER NOT NULL,
    publishers  INTEGER NOT NULL,
    langs       TEXT    NOT NULL
);
CREATE INDEX stories_last ON stories (last);

-- Which story an entry is in and why; the id is the order of judgement.
CREATE TABLE placements (
    id     INTEGER PRIMARY KEY,
    entry  BIGINT NOT NULL UNIQUE REFERENCES entries (id),
    story  BIGINT NOT NULL REFERENCES stories (id),
    at     BIGINT NOT NULL,
    reason TEXT   NOT NULL
);
CREATE INDEX placements_story ON placements (story);

-- `feed` and `lang` repeat the entry's, so that lists of hits need not look it up; `revision` says which
-- text of the entry the evidence points into.
CREATE TABLE hits (
    id            INTEGER PRIMARY KEY,
    topic         TEXT    NOT NULL,
    topic_version TEXT    NOT NULL,
    story         BIGINT  NOT NULL REFERENCES stories (id),
    entry         BIGINT  NOT NULL REFERENCES entries (id),
    revision      INTEGER NOT NULL,
    feed          BIGINT  NOT NULL REFERENCES feeds (id),
    lang          TEXT,
    score         DOUBLE PRECISION NOT NULL,
    at            BIGINT  NOT NULL,
    silent        TEXT,
    evidence      TEXT    NOT NULL,
    UNIQUE (entry, topic)
);
CREATE INDEX hits_at ON hits (at);
CREATE INDEX hits_topic ON hits (topic, at);
CREATE INDEX hits_feed ON hits (feed, at);
CREATE INDEX hits_lang ON hits (lang, at);
CREATE INDEX hits_story ON hits (story, topic);
CREATE INDEX hits_told ON hits (at) WHERE silent IS NULL;

CREATE TABLE topic_versions (
    topic   TEXT   NOT NULL,
    version TEXT   NOT NULL,
    query   TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (topic, version)
);

-- An alert of `alerts test` has no story and no entry, so these are no references.
CREATE TABLE alerts (
    id      INTEGER PRIMARY KEY,
    at      BIGINT NOT NULL,
    topic   TEXT   NOT NULL,
    story   BIGINT NOT NULL,
    entry   BIGINT NOT NULL,
    feed    TEXT   NOT NULL,
    lang    TEXT,
    content TEXT   NOT NULL
);
CREATE INDEX alerts_at ON alerts (at);
CREATE INDEX alerts_topic ON alerts (topic, at);

-- The outbox. `test` rows came from no hit and may repeat.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY,
    alert           BIGINT  NOT NULL REFERENCES alerts (id),
    topic           TEXT    NOT NULL,
    story           BIGINT  NOT NULL,
    receiver        TEXT    NOT NULL,
    test            INTEGER NOT NULL,
    idempotency_key TEXT    NOT NULL UNIQUE,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt    BIGINT  NOT NULL,
    lease_until     BIGINT,
    created         BIGINT  NOT NULL,
    finished        BIGINT,
    last_message    TEXT
);
-- One alert per story, topic and receiver.
CREATE UNIQUE INDEX deliveries_once ON deliveries (story, topic, receiver) WHERE test = 0;
CREATE INDEX deliveries_alert ON deliveries (alert);
CREATE INDEX deliveries_pending ON deliveries (id, receiver) WHERE state = 'pending';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 'dead';

CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY,
    delivery    BIGINT  NOT NULL REFERENCES deliveries (id),
    at          BIGINT  NOT NULL,
    ok          INTEGER NOT NULL,
    message     TEXT    NOT NULL,
    duration_ms BIGINT  NOT NULL
);
CREATE INDEX attempts_delivery ON attempts (delivery);

-- Full text over title and body in tokens that are folded before they come here: the tokenizer only splits
-- at blanks. Rows carry the entry's id and no text.
CREATE VIRTUAL TABLE search USING fts5 (
    title,
    body,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[]^_`{|}~'"
);
