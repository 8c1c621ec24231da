"""The authors' logs, sent elsewhere as they come: to the standard output, to an OpenTelemetry collector."""
