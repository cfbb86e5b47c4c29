"""Protection of messages: AES-GCM, counters, ciphered forms, HLS, key wrap and agreement.

Written from the Green Book (IEC 62056-5-3) clause "Information security in DLMS/COSEM".
"""
