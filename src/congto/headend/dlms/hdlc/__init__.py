"""The data link of IEC 62056-46: messages over serial lines and TCP, frame by frame.

`reader` finds frames in a stream, `link` carries messages over a connection, `push` takes what a
meter sends without one. Frames have format type 3 of ISO/IEC 13239 with a length, so 0x7E within a
frame is not escaped.
"""
