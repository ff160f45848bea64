"""Simulated herds and fields that speak only MQTT and HTTP; their truth lies in a file apart."""
