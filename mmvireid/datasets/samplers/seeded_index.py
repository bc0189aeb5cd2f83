"""The index of an image, with a seed and what the sampler adds."""


class SeededIndex(int):
    """Carry the seed of an image's random transforms, and fields for its record, with its index.

    The augmentation is then a function of (seed, epoch, position). It does not depend on the number of workers, and a
    resume in mid-epoch does not change it.

    Another data set sees a plain integer. A wrapper that computes another index from it loses the seed and the fields.
    :class:`ConcatReIDDataset` keeps both; the samplers refuse the wrappers of mmengine.

    Args:
        index: Number of the image.
        seed: Seed of the random transforms of the image. None leaves them unseeded.
        drawn_as: Fields that the data set adds to the record of the image. Transforms see all of them. Heads see
            ``tuple_id``, counted from 0 in the batch of a rank, and ``role``, a :class:`TupleRole`.

    Example:
        >>> from mmvireid.datasets import SeededIndex
        >>> index = SeededIndex(7, seed=3, drawn_as=dict(tuple_id=0, role=2))
        >>> index + 0, index.seed, index.drawn_as['role']
        (7, 3, 2)
    """

    seed: int | None
    drawn_as: dict[str, int]

    def __new__(cls, index: int, seed: int | None, drawn_as: dict[str, int] | None = None) -> 'SeededIndex':
        self = super().__new__(cls, index)
        self.seed = seed
        self.drawn_as = drawn_as or {}
        return self

    def __getnewargs__(self) -> tuple[int, int | None, dict[str, int]]:
        return int(self), self.seed, self.drawn_as
