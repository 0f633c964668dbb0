-- Troubles of feeds that are known and told. `feed` is empty for a trouble of the whole house.
CREATE TABLE troubles (
    feed    TEXT   NOT NULL,
    trouble TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (feed, trouble)
);

-- Entries that came and went between two polls. `recovered` of them were found in older pages of the feed; a gap
-- that could not be closed has `closed` = 0.
CREATE TABLE gaps (
    id        INTEGER PRIMARY KEY,
    feed      BIGINT  NOT NULL REFERENCES feeds (id),
    since     BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    pages     INTEGER NOT NULL,
    recovered INTEGER NOT NULL,
    closed    INTEGER NOT NULL
);
CREATE INDEX gaps_feed ON gaps (feed, at);
