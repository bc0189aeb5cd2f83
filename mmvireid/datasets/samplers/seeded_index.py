"""An image's index that carries what the sampler says of it."""


class SeededIndex(int):
    """An index into a data set together with the seed of the random transforms applied to that image.

    A sampler that yields these makes augmentation a function of (seed, epoch, position): the same whatever the
    number of workers, and the same after a resume in mid-epoch. To any other data set it is a plain integer, and a
    wrapper that computes another index from it (repeating, concatenating) loses the seed and the rest.

    Args:
        index: Number of the image.
        seed: Seed of its random transforms.
        drawn_as: What else the image is in this batch, which the data set adds to its record: transforms see all of
            it, heads ``tuple_id``, counted from 0 in a rank's batch, and ``role``, a :class:`TupleRole`.
    """

    seed: int
    drawn_as: dict[str, int]

    def __new__(cls, index: int, seed: int, drawn_as: dict[str, int] | None = None) -> 'SeededIndex':
        self = super().__new__(cls, index)
        self.seed = seed
        self.drawn_as = drawn_as or {}
        return self

    def __getnewargs__(self) -> tuple[int, int, dict[str, int]]:
        return int(self), self.seed, self.drawn_as
