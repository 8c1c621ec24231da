-- Whether changes of an app's folder are deployed by themselves.
ALTER TABLE apps ADD COLUMN automatic_deployment INTEGER NOT NULL DEFAULT 1;
