"""Runs a program at a terminal, types a line once the program has told the terminal to hide it, and prints all that was seen there.

    terminal.py LINE PROGRAM [ARGUMENT..]

Ends as the program does.
"""

import os
import pty
import sys
import termios

line, *command = sys.argv[1:]
child, screen = pty.fork()
if child == 0:
    os.execv(command[0], command)
seen = b""
is_typed = False
while True:
    try:
        piece = os.read(screen, 4096)
    except OSError:
        # So a terminal ends whose last program has gone.
        break
    if not piece:
        break
    seen += piece
    if b"PIN of token" in seen and not is_typed:
        # What is typed before the program hides it is thrown away by it, or shown.
        while termios.tcgetattr(screen)[3] & termios.ECHO:
            pass
        os.write(screen, line.encode() + b"\n")
        is_typed = True
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
