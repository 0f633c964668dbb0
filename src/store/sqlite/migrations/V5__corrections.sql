-- A story that a user merged into another: it keeps its row, so that its number is never given out again and old links
-- to it lead to the story its entries are in now.
ALTER TABLE stories ADD COLUMN merged_into BIGINT REFERENCES stories (id);
CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into IS NOT NULL;
