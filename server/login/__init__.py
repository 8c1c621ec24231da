"""Who is this? Providers verify credentials; here users come to exist, and sessions are opened."""
