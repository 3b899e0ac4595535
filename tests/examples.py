# SPDX-License-Identifier: MIT
"""examples - every command that a --help or a document shows as an example, a line each: WHERE, a tab, COMMAND

usage: PYTHONPATH=scripts python3 -B tests/examples.py native|guest

Each is run by one test: natively if it needs no device, else in a guest. One that neither takes is an error.
"""

import os
import re
import subprocess
import sys

from help_text import Help

DOCUMENTS = ["README.md", "docs"]
NATIVE = r"vpipe-trace (report|diff|check|export|list|stages|columns|merge|--version|--help)\b|vpipe-(cv-ref|pgm-diff)\b"
GUEST = r"(sudo )?vpipe-trace (run|record|top|doctor)\b|vpipe-(capture-\w+|bench-fixture|fixture-feed|meta-drain)\b|sudo modprobe .* vpipe-trace doctor"


def said_by(words):
    return subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def of_programs():
    """(program, command) of each example in a --help"""
    folder = os.environ.get("BUILD", "build") + "/bin"
    for name in sorted(os.listdir(folder)):
        words = [os.path.join(folder, name), "--help"]
        text = said_by(words)
        verbs = re.findall(r"^  ([a-z]+)  ", text.split("\nEXAMPLES")[0], re.M) if name == "vpipe-trace" else []
        for program, help_ in [(name, text)] + [(name + " " + verb, said_by([words[0], verb, "--help"])) for verb in verbs]:
            examples = Help(help_).examples()
            assert examples, program + " --help has no examples"
            for example in examples:
                yield program, re.sub(r"\\\n", "", example.command)


def of_documents():
    """(document, command) of each line of one that begins with a program of ours"""
    paths = [os.path.join(top, name) for top in DOCUMENTS for name in (sorted(os.listdir(top)) if os.path.isdir(top) else [""])]
    for path in (path.rstrip("/") for path in paths):
        if not path.endswith(".md"):
            continue
        with open(path, encoding="utf-8") as file:
            for line in re.findall(r"^    ((?:sudo )?vpipe-\w.*)$", file.read(), re.M):
                command = re.sub(r"\s+#\s.*", "", line)
                if not re.search(r"COMMAND|DIR/|RUN|\[", command.split("'")[0]): # else it is a usage
                    yield path, command


def main(want):
    seen = set()
    for where, command in [*of_programs(), *of_documents()]:
        native, guest = re.match(NATIVE, command), re.match(GUEST, command)
        if bool(native) == bool(guest):
            sys.exit("%s: no test would run: %s" % (where, command))
        if bool(native) == (want == "native") and command not in seen:
            seen.add(command)
            print(where, command, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1])
