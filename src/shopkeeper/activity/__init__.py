"""What staff has done, read: who, what, when, and what it was before and after."""

HANDS_OUT = ()
