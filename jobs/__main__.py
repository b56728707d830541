"""The command line: `yuliao`, which is `python -m jobs`.

Exit codes, which schedulers act on: 0 done · 1 try again: tasks failed, a store did not answer, it was stopped, or the
fault is ours · 2 never: the configuration or the request cannot be carried out · 3 done, but some inputs could not be
read (they are named).

A command's module is imported when the command is called: most need a small part of what all of them import. The help
line of a command is the docstring of its function, read from the module's source.
"""

import ast
import gc
import importlib
import logging
import os
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.discreet import log_discreetly
from pipeline.errors import PipelineError
from pipeline.garbage import collect_seldom
from pipeline.stopping import TRY_AGAIN, Stopped, ended, stop_at_once
from shards.errors import StoreError, of_disk
from shards.secrets import discreet

COMMANDS = {  # by name, in the order of the help: the module with its function `command`
    "init": "init",
    "run": "run",
    "crawl": "crawl",
    "plan": "plan",
    "status": "status",
    "report": "report",
    "inspect": "inspect",
    "sample": "sample",
    "label": "label",
    "what-if": "what_if",
    "explore": "explore",
    "review-licenses": "review_licenses",
    "validate": "validate",
    "verify": "verify",
    "prove": "prove",
    "keygen": "keygen",
    "release": "release",
    "takedown": "takedown",
    "clean": "clean",
    "export": "export",
    "similar": "similar",
    "try": "trial",
    "filters": "filters",
    "calibrate": "calibrate",
    "schema": "schema",
    "compile": "compile",
    "perplexity": "perplexity",
    "train-quality": "train_quality",
    "mine-domain": "mine_domain",
    "decontaminate-index": "decontaminate_index",
}

LONG = {"run", "crawl"}  # they say from the first second what they do; importing them takes several on a busy machine

NEVER = 2  # exit code, that of a wrong option too

logger = logging.getLogger(__name__)


class LazyGroup(TyperGroup):
    """Imports a command when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        _nothing_is_empty(args)
        if args and args[0] in COMMANDS:
            if args[0] in LONG and "--help" not in args:
                logger.info("%s: loading", args[0])
            self.commands[args[0]] = _imported(args[0])
            if not gc.isenabled():  # see `main`
                collect_seldom()
        return super().resolve_command(ctx, args)


def _nothing_is_empty(arguments: list[str]) -> None:
    """Refuse an argument without a character, as an unset variable of a shell gives it: no command asks for one."""
    for place, argument in enumerate(arguments):
        if not argument or re.fullmatch("--[a-z-]+=", argument):
            before = argument or (f"{arguments[place - 1]} " if arguments[place - 1].startswith("-") else "")
            raise typer.BadParameter(f"{before}'' is empty (is a variable of the shell unset?)")


def _imported(name: str) -> Any:
    module = importlib.import_module(f"jobs.{COMMANDS[name]}")
    if hasattr(module, "app"):  # a command with commands of its own
        return typer.main.get_command(module.app)
    only = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    only.command(name)(module.command)
    return typer.main.get_command(only)


def _help(module: str) -> str | None:
    code = ast.parse(Path(__file__).with_name(f"{module}.py").read_bytes())
    functions = (node for node in code.body if isinstance(node, ast.FunctionDef))
    return next(ast.get_docstring(function) for function in functions if function.name == "command")


def _not_imported() -> None:
    """Stand for a command until it is called."""


app = typer.Typer(
    name="yuliao",
    cls=LazyGroup,
    help="Build licensed, multilingual training corpora: from web pages to Arrow shards, with every row accounted for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for _name, _module in COMMANDS.items():
    app.command(_name, help=_help(_module))(_not_imported)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"yuliao {version('yuliao')}")
        raise typer.Exit


@app.callback()
def _general(
    version: Annotated[
        bool, typer.Option("--version", help="print the version", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options of no command."""


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that is a bug, as Python would, without the secrets of addresses."""
    print(discreet("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)


def _lost(error: OSError) -> str | None:
    """Return the file that is not there, if it lies in a folder of the command line: a run or release is not whole."""
    quoted = re.search("'([^']+)'", str(error))  # Arrow names it in its message alone
    if not isinstance(error, FileNotFoundError) or quoted is None:
        return None
    folders = [os.path.join(os.path.realpath(word), "") for word in sys.argv[1:] if os.path.isdir(word)]
    return quoted[1] if os.path.realpath(quoted[1]).startswith(tuple(folders)) else None


def _run() -> None:
    try:
        app()
    except Exception as error:
        if ended():
            raise Stopped from error
        raise


def main() -> None:
    """Run the command line; what goes wrong is told in one message, without a traceback."""
    log_discreetly(logging.INFO)
    sys.excepthook = _told
    stop_at_once()
    gc.disable()  # a fifth of the time of all imports, and what they make stays
    try:
        _run()
    except Stopped:
        logger.warning("stopped; run the same command again to resume")
        sys.exit(TRY_AGAIN)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        if lost := _lost(error):
            print(
                f"{discreet(lost)}: no such file, though its run or release has it: moved, or deleted", file=sys.stderr
            )
            sys.exit(NEVER)
        if not {error.filename, error.filename2}.intersection(sys.argv[1:]):
            raise  # a bug: nobody named it
        print(discreet(f"{error.filename2 or error.filename}: {error.strerror}"), file=sys.stderr)
        sys.exit(NEVER)
    except (PipelineError, StoreError) as error:
        from jobs.show.console import console, styled  # loaded for messages and tables only

        told = styled((type(error).__name__, "bold red"), f" {discreet(str(error))}")
        console(errors=True).print(told, soft_wrap=True)
        sys.exit(TRY_AGAIN if getattr(error, "again", True) else NEVER)
    except OSError as error:
        if (wrong := of_disk(error)) is None:
            raise
        print(f"{discreet(wrong)}; run the same command again when the disk can be written", file=sys.stderr)
        sys.exit(TRY_AGAIN)


if __name__ == "__main__":
    main()
