"""For tests only: what libical and python-icalendar find in the calendar on standard input, as JSON.

libical checks RFC 5545 and, where there is a METHOD, RFC 5546 (icalrestriction_check).
"""

import ctypes
import json
import sys

from icalendar import Calendar

text = sys.stdin.buffer.read()

libical = ctypes.CDLL("libical.so.3")
libical.icalparser_parse_string.restype = ctypes.c_void_p
libical.icalparser_parse_string.argtypes = [ctypes.c_char_p]
libical.icalrestriction_check.argtypes = [ctypes.c_void_p]
libical.icalcomponent_as_ical_string.restype = ctypes.c_char_p
libical.icalcomponent_as_ical_string.argtypes = [ctypes.c_void_p]
parsed = libical.icalparser_parse_string(text)
restrictions = libical.icalrestriction_check(parsed) == 1
# Every fault becomes a property in the component, while it is parsed and while it is checked.
lines = libical.icalcomponent_as_ical_string(parsed).decode().replace("\r\n ", "").split("\r\n")

calendar = Calendar.from_ical(text)
events = list(calendar.walk("VEVENT"))
print(
    json.dumps(
        {
            "restrictions": restrictions,
            "errors": [line for line in lines if line.startswith("X-LIC-ERROR")]
            + [str(error) for part in calendar.walk() for error in part.errors],
            "events": len(events),
            "alarms": len(list(calendar.walk("VALARM"))),
        }
    )
)
