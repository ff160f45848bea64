"""What must not lose a reading is broken on purpose: processes killed, power cut, the store away; then all are counted."""
