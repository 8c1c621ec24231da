-- What led to an event: a trace and the id of a log entry within it, with a space between; null: nothing that has one.

ALTER TABLE events ADD COLUMN cause TEXT;
ALTER TABLE dead_events ADD COLUMN cause TEXT;
