"""COSEM objects: what the classes of IEC 62056-6-2 (Blue Book) hold and can do."""
