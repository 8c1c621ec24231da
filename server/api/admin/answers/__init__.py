"""The forms of the Admin API's answers (contract 12), a module for each subject that routes have."""
