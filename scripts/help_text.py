# SPDX-License-Identifier: MIT
"""help_text - what `PROGRAM --help` says, in parts: for man pages, and for the test that runs its examples

A help is, in this order: its usage; what the program does; its options, in groups; and behind these blocks with
a blank line between them. A block is a paragraph, which begins in the first column, or it is indented by two
columns and belongs to the heading before it, which is in capitals (EXAMPLES, FIELDS, "FIELDS of a node"). The
last paragraphs, from "Exit status:" on, are about that.
"""

import re

HEADING = re.compile(r"^([A-Z]{4,})( of [^.]*)?$")
OPTION = re.compile(r"^ {2,6}(?P<names>-\S(?:, --[a-z-]+)?|--[a-z-]+)(?P<value>\[=[^\]]+\]|=\S+)?(?: {2,}(?P<text>.*))?$")
GROUP = re.compile(r"^ (\S.*):$")
CONTINUED = re.compile(r"^ {20,}(.*)$")


class Option:
    """One of a program: `names` as ["-d", "--device"], `value` as "=NODE", "[=CARD]" or "", what it does"""

    def __init__(self, names, value, text):
        self.names, self.value, self.text = names, value, text


class Example:
    """A command that a help shows, as typed, and what is said of it"""

    def __init__(self, command, comment=""):
        self.command, self.comment = command, comment


class Help:
    """`usage` lines; `does` paragraphs; `groups` of (title, [Option]); `sections` of (heading, [block]); `notes`
    paragraphs that are under no heading; `status` paragraphs, from "Exit status:" on. A block is its lines, with
    the two columns taken off."""

    def __init__(self, text):
        self.usage, self.does, self.groups, self.sections, self.notes, self.status = [], [], [], [], [], []
        lines = [line.rstrip() for line in text.splitlines()]
        self._take_behind(self._take_options(self._take_head(lines)))

    def _take_head(self, lines):
        """Usage and what it does; returns the lines behind"""
        at = 0
        while at < len(lines) and lines[at] and (at == 0 or lines[at].startswith(" ")):
            self.usage.append(re.sub(r"^usage: ", "", lines[at].strip(), flags=re.I))
            at += 1
        end = at
        while end < len(lines) and not OPTION.match(lines[end]) and not GROUP.match(lines[end]) and lines[end][:2] != "  ":
            end += 1
        self.does = paragraphs(lines[at:end])
        return lines[end:]

    def _take_options(self, lines):
        """All groups; returns the lines behind"""
        last = None
        for at, line in enumerate(lines):
            option, group, more = OPTION.match(line), GROUP.match(line), CONTINUED.match(line)
            if option:
                last = Option(option["names"].split(", "), option["value"] or "", option["text"] or "")
                if not self.groups:
                    self.groups.append(("", []))
                self.groups[-1][1].append(last)
            elif group:
                self.groups.append((group[1], []))
            elif more and last:
                last.text += " " + more[1]
            elif line:
                return lines[at:]
        return []

    def _take_behind(self, lines):
        heading = None
        for block in blocks(lines):
            if HEADING.match(block[0]):
                heading = block.pop(0)
                self.sections.append((heading, []))
                if not block:
                    continue
            if block[0][:2] != "  ":
                heading = None
                text = " ".join(line.strip() for line in block)
                if self.status or text.startswith("Exit status:"):
                    self.status.append(text)
                elif not text.startswith("Mandatory or optional arguments"): # argp's own
                    self.notes.append(text)
            elif heading:
                self.sections[-1][1].append([line[2:] for line in block])
            else: # of the verbs, all at once
                self.sections.append(("VERBS", [[line[2:] for line in block]]))

    def examples(self):
        """Each Example of it"""
        return [example for heading, found in self.sections if heading.startswith("EXAMPLES")
                for block in found for example in examples_of(block)]


def blocks(lines):
    """Lists of lines that blank ones part"""
    block = []
    for line in lines + [""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def paragraphs(lines):
    return [" ".join(line.strip() for line in block) for block in blocks(lines)]


def examples_of(block):
    """The lines "COMMAND  what it does": a command goes on behind a backslash, what is said of it may have lines
    of its own, further in"""
    found = []
    for line in block:
        if line[0] != " ":
            command, _, comment = line.partition("  ")
            found.append(Example(command, comment.strip()))
        elif found[-1].command.endswith("\\"):
            found[-1].command += "\n" + line.strip()
        else:
            found[-1].comment = (found[-1].comment + " " + line.strip()).strip()
    return found


def items_of(block):
    """A block as [(term, text)], if it is a list of "TERM  text", or of terms with text further in; else None"""
    found = []
    for line in block:
        item = re.match(r"^(\S.*?)(?:  +(\S.*))?$", line)
        if item:
            found.append([item[1], item[2] or ""])
        elif found:
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
    return found if found and all(text for _, text in found) else None


def wrapped_wrongly(text):
    """Lines that argp broke, being longer than its 79 columns: what is left of them begins in the first one"""
    lines = text.partition("\n\n")[2].splitlines() # not of the usage
    return [line for before, line in zip(lines, lines[1:]) if before[:2] == "  " and line and line[0] != " "]

