"""An image's index that carries the seed of its augmentation."""


class SeededIndex(int):
    """An index into a data set together with the seed of the random transforms applied to that image.

    A sampler that yields these makes augmentation a function of (seed, epoch, position): the same whatever the
    number of workers, and the same after a resume in mid-epoch. To any other data set it is a plain integer, and a
    wrapper that computes another index from it (repeating, concatenating) loses the seed.
    """

    seed: int

    def __new__(cls, index: int, seed: int) -> 'SeededIndex':
        self = super().__new__(cls, index)
        self.seed = seed
        return self

    def __getnewargs__(self) -> tuple[int, int]:
        return int(self), self.seed
