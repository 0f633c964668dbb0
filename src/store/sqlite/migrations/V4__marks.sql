-- What people said of hits: useful, or noise. A hit that is judged again keeps its mark.
CREATE TABLE marks (
    hit  BIGINT PRIMARY KEY REFERENCES hits (id),
    mark TEXT   NOT NULL,
    at   BIGINT NOT NULL
);
