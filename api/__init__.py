"""The web: public pages, the console, the JSON API."""
