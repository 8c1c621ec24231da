-- Log entries name the request that led to them (`co_id`), and what the run used (a JSON object of `runtime.messages.Stats`).

ALTER TABLE logs ADD COLUMN co_id TEXT NOT NULL DEFAULT '';
ALTER TABLE logs ADD COLUMN stats TEXT;
CREATE INDEX logs_by_request ON logs (app_id, co_id) WHERE co_id <> '';
