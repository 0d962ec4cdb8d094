"""The rules' own mutation test: each rule changed in one place, and what notices it.

In come a Library, the `for:` of its rules as written, and patients with what is expected of them; out goes
one fate per mutant. The patients are judged all at once, one bit each (planes.py): a mutant costs a few
milliseconds, and a whole assessment is made only of the cases that the change can reach (full.py).
"""
