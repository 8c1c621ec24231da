"""The objects of an app as the Admin API has them: functions, values, providers and so on, kept as files."""
