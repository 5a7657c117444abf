"""Consoles that outlive their reader: lines that nobody reads any more end nothing. Torch-free."""

import rich.console


class Console(rich.console.Console):
    """rich's console, which falls silent where its reader has gone; rich's own ends the process, and the training."""

    def on_broken_pipe(self) -> None:
        """Print nothing from now on."""
        self.quiet = True
