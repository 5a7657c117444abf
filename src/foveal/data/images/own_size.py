"""Pictures and masks in their own sizes: lists to cut patches out of, and to answer in windows."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from foveal.core.shapes import Sizes, per_axis
from foveal.data.images.listing.splits import rows_of_part
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.records import Bad, Header
from foveal.data.patches import Patches, patches_of

Array = NDArray[Any]


class PicturesOfOwnSize(Sequence[Any]):
    """Pictures (H, W, C), each of its own size: what `foveal.open_images(..., size="own")` gives.

    `X[5]` is an array, perhaps mapped from a file, or what has its shape and is decoded when it is read. `y` are the
    masks, (H, W) each. `CNNSegmenter(patch=256).fit(X, X.y)` learns from patches. The other attributes are those of
    `Pictures`.
    """

    def __init__(
        self,
        pictures: Any,
        masks: Any,
        input_rule: InputRule,
        files: Array,
        *,
        mask_rule: dict[str, Any],
        names: tuple[str, ...] | None,
        groups: Array | None,
        split: Array | None,
        skipped: Sequence[Bad] = (),
        about: dict[str, Any] | None = None,
    ) -> None:
        self.pictures, self.y, self.input_rule, self.files = pictures, masks, input_rule, files
        self.mask_rule, self.class_names, self.groups, self.split = mask_rule, names, groups, split
        self.skipped, self.dtype = tuple(skipped), pictures.dtype
        self.about: dict[str, Any] = about or {}

    @property
    def ignored(self) -> int | None:
        """The label of the masks' pixels that do not count."""
        label: int | None = self.mask_rule["ignored"]
        return label

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, row: Any) -> Any:
        """Give one, or for several rows a list."""
        return self.pictures[row]

    def __iter__(self) -> Iterator[Any]:
        return (self.pictures[row] for row in range(len(self)))

    def chosen(self, rows: Array) -> Self:
        """Give some of them; nothing is read."""
        numbers = np.arange(len(self))[rows]
        return type(self)(
            self.pictures.chosen(numbers),
            self.y.chosen(numbers),
            self.input_rule,
            self.files[numbers],
            mask_rule=self.mask_rule,
            names=self.class_names,
            groups=None if self.groups is None else self.groups[numbers],
            split=None if self.split is None else self.split[numbers],
            skipped=self.skipped,
            about=self.about,
        )

    def part(self, name: str) -> Self:
        """Give the rows of a part of the split, "train", "valid" or "test"."""
        return self.chosen(rows_of_part(self.split, name, "pictures"))

    def patches(self, size: Sizes) -> Patches:
        """Cut patches out of all; their rule says how large they are, and that pictures keep their sizes.

        A rule of volumes says that they keep their sizes, and no more.
        """
        sizes = per_axis("patch", size, len(self.y[0].shape))
        found = patches_of(self, self.y, sizes, ignored=self.ignored)
        steps = ({**step, "size": [*sizes]} if step["step"] == "resize" else step for step in self.input_rule)
        found.tell(tuple(steps), self.class_names, self.mask_rule, self.about)
        if self.groups is not None:  # pictures with the same pixels, or of one patient
            found.groups = self.groups[found.groups]
        return found


def infer_own(
    headers: Sequence[Header],
    *,
    colour: str = "auto",
    background: str | Sequence[int] = "white",
    depth: str = "auto",
) -> tuple[InputRule, list[str]]:
    """Choose what is not said of a rule that leaves pictures their sizes, as `infer_rule` does.

    >>> rule, _ = infer_own([Header("PNG", 40, 30, 1, 8, "L")])
    >>> rule[-1]
    {'step': 'resize', 'how': 'own', 'size': [1, 1]}
    """
    rule, said = infer_rule(headers, size=1, resize="squash", colour=colour, background=background, depth=depth)
    sizes = {(header.height, header.width) for header in headers}
    told = f"size='own': {len(sizes):,} size{'s' * (len(sizes) > 1)}, none is changed"
    own = {"step": "resize", "how": "own", "size": [1, 1]}
    steps = tuple(own if step["step"] == "resize" else step for step in rule)
    return steps, [told, *(line for line in said if not line.startswith("resize="))]
