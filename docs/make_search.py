"""Draw the pictures of docs/search.md: python docs/make_search.py."""

from pathlib import Path

from sklearn.datasets import load_digits

from foveal import CNNClassifier
from foveal.explain.figures import png_bytes
from foveal.search import find_rate, learning_curve

DRAWINGS = Path(__file__).parent.resolve() / "drawings"


def main() -> None:
    """Sweep the rate and train on ever more rows of digits."""
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8)
    sweep = find_rate(CNNClassifier(random_state=0), X[:600], y[:600])
    (DRAWINGS / "search-rate.png").write_bytes(png_bytes(sweep.plot()))
    curve = learning_curve(CNNClassifier(n_epochs=10, random_state=0), X, y, repeats=5)
    (DRAWINGS / "search-curve.png").write_bytes(png_bytes(curve.plot()))


if __name__ == "__main__":
    main()
