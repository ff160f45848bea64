"""MQTT 3.1.1 in, through paho-mqtt."""
