"""The version, where everything below the package itself can read it. Torch-free."""

VERSION = "0.1.0"
