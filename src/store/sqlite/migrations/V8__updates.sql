-- The outlet of an entry as it is compared (NULL until the program has filled it in), and the entry it repeats.
ALTER TABLE placements ADD COLUMN outlet TEXT;
ALTER TABLE placements ADD COLUMN copy_of BIGINT;
UPDATE placements SET copy_of = json_extract(reason, '$.partner')
    WHERE json_extract(reason, '$.stage') IN ('guid', 'url', 'content', 'near-copy')
        AND json_extract(reason, '$.partner') <> entry;
DROP INDEX placements_story;
CREATE INDEX placements_story ON placements (story, outlet);
CREATE INDEX placements_unfilled ON placements (id) WHERE outlet IS NULL;
-- Outlets as written, found by skipping from one to the next.
CREATE INDEX entries_publisher ON entries (publisher) WHERE publisher IS NOT NULL;
-- Entries of the story that repeat another one of it.
ALTER TABLE stories ADD COLUMN copies INTEGER NOT NULL DEFAULT 0;

-- An update follows a first alert; `placed` is the last placement there was when an alert was made (of older ones: its own).
ALTER TABLE alerts ADD COLUMN follows BIGINT;
ALTER TABLE alerts ADD COLUMN placed BIGINT NOT NULL DEFAULT 0;
UPDATE alerts SET placed = coalesce((SELECT p.id FROM placements p WHERE p.entry = alerts.entry), 0);
CREATE INDEX alerts_follows ON alerts (follows) WHERE follows IS NOT NULL;

-- What an update is told for; NULL in deliveries of first alerts.
ALTER TABLE deliveries ADD COLUMN cause TEXT;
DROP INDEX deliveries_once;
-- One alert per story, topic and receiver; then one update per story, receiver and cause.
CREATE UNIQUE INDEX deliveries_once ON deliveries (story, topic, receiver) WHERE test = 0 AND cause IS NULL;
CREATE UNIQUE INDEX deliveries_update_once ON deliveries (story, receiver, cause) WHERE test = 0 AND cause IS NOT NULL;

-- Vectors of texts, by the hash of the text and the model that made them: an entry is judged alike after a restart.
CREATE TABLE vectors (
    model  TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     BIGINT NOT NULL,
    -- One signed byte for each component; NULL where the model gave none in time: then it stays without.
    vector BLOB,
    PRIMARY KEY (model, text)
);
CREATE INDEX vectors_at ON vectors (at);
