"""Messages of the application layer: xDLMS services (IEC 62056-5-3) and ACSE (ISO/IEC 8650)."""
