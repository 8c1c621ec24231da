"""Moving documents in and out: the files of mongodump and mongoexport."""
