-- Which process goes on with a deployment that is under way: where it dies alone, its deployments have ended.
ALTER TABLE deployments ADD COLUMN holder TEXT NOT NULL DEFAULT '';
