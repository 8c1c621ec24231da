-- Writes to documents that stand or fall with a row of this file: `writes` is BSON, for the document file `file`, given
-- relative to the data directory. A row is deleted after that file has them.

CREATE TABLE document_writes (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    file TEXT NOT NULL,
    writes BLOB NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX document_writes_of_file ON document_writes (file, id);
