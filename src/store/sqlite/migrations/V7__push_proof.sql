-- What a hub has brought since the last poll, and how many polls in a row found nothing beyond it: feeds whose hub has
-- proven itself are polled more seldom.
ALTER TABLE subscriptions ADD COLUMN brought BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN pinged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
