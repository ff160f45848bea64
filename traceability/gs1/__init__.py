"""GS1's keys, Application Identifiers and Digital Links."""
