"""Writes what shells complete ``procsim`` with: a script for bash, zsh or fish, made of the commands and their options."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Mapping, Sequence

SHELLS = ("bash", "zsh", "fish")
Commands = Mapping[str, tuple[str, argparse.ArgumentParser]]
"""The text and the parser of each command, by name."""


def script(shell: str, commands: Commands) -> str:
    """The script for *shell*."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _options(made: argparse.ArgumentParser) -> Iterator[tuple[Sequence[str], str, list[str], bool]]:
    """(names, what it is for, what may stand after it, whether something must) of every option."""
    for action in made._actions:
        if action.option_strings:
            text = (action.help or "").replace("%%", "%").partition(";")[0].partition(" (")[0]
            yield action.option_strings, text, [str(one) for one in action.choices or ()], action.nargs != 0


def _bash(commands: Commands) -> str:
    cases, values = [], []
    for name, (_, made) in commands.items():
        names = [word for words, *_ in _options(made) for word in words]
        cases.append(f"    {name}) words={shlex.quote(' '.join(names))} ;;")
        values += [f"    {name}:{word}) words={shlex.quote(' '.join(choices))} ;;"
                   for words, _, choices, _ in _options(made) if choices for word in words]
    return f"""# bash completion of procsim: eval "$(procsim completion bash)"
_procsim() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" command="${{COMP_WORDS[1]}}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {shlex.quote(' '.join(commands))} -- "$word")); return
  fi
  case "$command:$before" in
{chr(10).join(values)}
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); return; fi
  case "$word" in -*) ;; *) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2> /dev/null; return ;; esac
  case "$command" in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _procsim procsim
"""


def _zsh(commands: Commands) -> str:
    told = "\n".join(f"    {_quoted(f'{name}:{text}')}" for name, (text, _) in commands.items())
    cases = []
    for name, (_, made) in commands.items():
        found = []
        for words, text, choices, follows in _options(made):
            after = f":value:({' '.join(choices)})" if choices else ":value:_files" if follows else ""
            found += [_quoted(f"*{word}[{text.translate({91: '(', 93: ')', 58: ','})}]{after}") for word in words]
        cases.append(f"    {name}) _arguments {' '.join(found)} '*:file:_files' ;;")
    return f"""#compdef procsim
# zsh completion of procsim: eval "$(procsim completion zsh)"
_procsim() {{
  local -a commands
  commands=(
{told}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
{chr(10).join(cases)}
  esac
}}
compdef _procsim procsim
"""


def _fish(commands: Commands) -> str:
    lines = ["# fish completion of procsim: procsim completion fish | source"]
    for name, (text, made) in commands.items():
        lines.append(f"complete -c procsim -n __fish_use_subcommand -f -a {name} -d {_fished(text)}")
        for words, told, choices, follows in _options(made):
            flags = " ".join(f"-l {word[2:]}" if word.startswith("--") else f"-s {word[1:]}" for word in words)
            after = f" -x -a {_fished(' '.join(choices))}" if choices else " -r" if follows else ""
            lines.append(f"complete -c procsim -n '__fish_seen_subcommand_from {name}' {flags}{after} -d {_fished(told)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fished(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
