"""Mail: composed from templates, owed with its cause, sent by SMTP or put into a folder."""
