"""A strict reader of Prometheus's text format: what it does not know is an error.

Beside the grammar it holds a file to the rules that the textfile collector and good manners ask for:
HELP and TYPE before the samples of each family, each family in one piece, no series twice, no time
stamps (the collector refuses them), counters end in _total, every line ended.
"""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
TYPES = ("gauge", "counter")


def parse(text):
    """{(name, (label, value)…): float}, in the order of the file."""
    if text and not text.endswith("\n"):
        raise ValueError("the last line is not ended")
    samples, types, helped, closed, current = {}, {}, set(), set(), None
    for number, line in enumerate(text.splitlines(), 1):
        def wrong(why, number=number, line=line):
            return ValueError(f"line {number}: {why}: {line}")
        comment = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (\S.*)", line)
        if comment:
            kind, name, rest = comment.groups()
            if name != current:
                if name in closed:
                    raise wrong("the family is in two pieces")
                closed.add(name)
                current = name
            if kind == "HELP":
                if name in helped:
                    raise wrong("a second HELP")
                if re.search(r"\\(?![\\n])", rest):
                    raise wrong("an escape that is none")
                helped.add(name)
            else:
                if name in types or rest not in TYPES or name not in helped:
                    raise wrong("TYPE")
                if (rest == "counter") != name.endswith("_total"):
                    raise wrong("counters, and they alone, end in _total")
                types[name] = rest
            continue
        sample = SAMPLE.fullmatch(line)
        if not sample:
            raise wrong("neither comment nor sample")
        name, labels, value = sample.group(1), sample.group(2) or "", float(sample.group(sample.lastindex))
        if name != current or name not in types:
            raise wrong("a sample outside its family")
        pairs = tuple(re.findall(LABEL, labels))
        if len({label for label, _ in pairs}) != len(pairs):
            raise wrong("a label twice")
        if (name, *pairs) in samples:
            raise wrong("a series twice")
        if types[name] == "counter" and not value >= 0 or math.isnan(value):
            raise wrong("a value that cannot be")
        samples[(name, *pairs)] = value
    for name in types:
        if not any(key[0] == name for key in samples):
            raise ValueError(f"{name} has no sample")
    return samples
