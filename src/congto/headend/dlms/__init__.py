"""The DLMS/COSEM protocol without input or output: bytes in, messages out.

Written from the published structure of IEC 62056-5-3 (services), -6-2 (objects), -46 (HDLC), -47
(wrapper) and 61334-6 (A-XDR); "Green Book" and "Blue Book" name the DLMS UA editions of the same.
"""
