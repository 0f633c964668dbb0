-- Everything that was asked of servers on behalf of a feed: polls, redirects, older pages, articles, robots.txt, the search
-- for a successor; and the body bytes that came over the wire for it. `polls` and `bytes` count the polls alone.
ALTER TABLE feeds ADD COLUMN requests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN received BIGINT NOT NULL DEFAULT 0;
UPDATE feeds SET requests = polls, received = bytes;
ALTER TABLE polls ADD COLUMN requests BIGINT NOT NULL DEFAULT 1;
ALTER TABLE polls ADD COLUMN received BIGINT NOT NULL DEFAULT 0;

-- Where a feed that is gone or dead may go on. `looked` is when it was last looked for; `url` is empty while nothing was
-- found. `known` of the entries there are entries of the feed.
CREATE TABLE successors (
    feed   BIGINT  PRIMARY KEY REFERENCES feeds (id),
    looked BIGINT  NOT NULL,
    url    TEXT,
    title  TEXT,
    how    TEXT    NOT NULL,
    known  INTEGER NOT NULL
);
