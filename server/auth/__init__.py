"""Who somebody is: ids, signing keys, and the tokens that clients carry."""
