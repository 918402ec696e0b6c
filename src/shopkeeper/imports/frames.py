"""What passes between the two processes of an import.

A request is one line of JSON. The answer is frames: a letter, the length of a
body, and the body.

    P  how many rows of a workbook were looked at so far
    L  the layout of the file, as JSON
    R  rows: their number, and CSV for COPY
    E  why the file cannot be read, as JSON; the last frame
    Z  the end; the last frame
"""

import struct

FRAME = struct.Struct(">cI")
ROW_COUNT = struct.Struct(">I")
