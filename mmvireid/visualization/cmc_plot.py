"""Curves of the cumulative matching characteristic."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from mmvireid.evaluation.results.table import feature_condition

from .picture_file import plain, save_figure

# Readers with color blindness can tell these colors apart: eight by Okabe and Ito, a wine by Paul Tol and a gray.
# Yellow comes last, because it is faint on white. Curves also have different markers, so that they can be told apart in
# gray prints.
COLORS = (
    '#0072B2',
    '#D55E00',
    '#009E73',
    '#CC79A7',
    '#E69F00',
    '#56B4E9',
    '#000000',
    '#882255',
    '#999999',
    '#F0E442',
)
MARKERS = 'osD^vP'
LINE_LENGTH = 90  # characters of small print across the picture


def plot_cmc(results: Mapping[str, Mapping], setting: str, out_file: str | Path, max_rank: int = 20) -> None:
    """Plot the CMC curves of one or several results in one setting, without re-ranking.

    The title shows what all results share: protocol, galleries, distance, feature, data. The legend shows how each
    result differs from the others.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label.
        setting: Name of a setting, for example ``'all-search/single-shot'``.
        out_file: Picture to write. The suffix (png, pdf, svg) chooses the format.
        max_rank: Last rank in the plot, 2 to 50.

    Raises:
        ValueError: There is no result, a result lacks the setting, or the results do not reach ``max_rank``.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from mmvireid.evaluation import EuclideanDistance, RegDBProtocol, evaluate
        >>> from mmvireid.structures import ImageSet
        >>> from mmvireid.visualization import plot_cmc
        >>> images = ImageSet(pids=[1, 2, 1, 2], cam_ids=[0] * 4, modalities=[0, 0, 1, 1], paths=['a', 'b', 'c', 'd'])
        >>> features = torch.tensor([[0.0], [1.0], [0.2], [0.9]])
        >>> result = evaluate(images, {'feature': features}, RegDBProtocol(), EuclideanDistance())
        >>> plot_cmc({'toy': result}, 'visible-to-thermal', 'cmc.png', max_rank=2)
        >>> Path('cmc.png').is_file()
        True
    """
    if not results:
        raise ValueError('No result to plot.')
    for label, result in results.items():
        if setting not in result['settings']:
            raise ValueError(f"Result '{label}' has no setting '{setting}'. It has {list(result['settings'])}.")
    all_scores = {label: result['settings'][setting] for label, result in results.items()}
    last_rank = min(len(scores['cmc']) for scores in all_scores.values())
    if not 2 <= max_rank <= last_rank:
        raise ValueError(f'max_rank={max_rank} must be 2 to {last_rank}, the last rank of the results.')
    shared, different = _conditions({label: _facts(results[label], scores) for label, scores in all_scores.items()})
    legend = {}
    for label, scores in all_scores.items():
        text = f'{plain(label)}: R1 {scores["R1"]:.1f}, mAP {scores["mAP"]:.1f}'
        legend[label] = textwrap.fill('; '.join(filter(None, [text, plain(different[label])])), LINE_LENGTH)

    # A longer legend makes the picture taller, not the axes shorter.
    num_lines = sum(len(text.splitlines()) for text in legend.values())
    figure = Figure(figsize=(6.4, 4.6 + 0.18 * num_lines), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel='rank', ylabel='queries matched up to this rank (%)')
    axes.set_title('\n'.join([plain(setting), *textwrap.wrap(plain(shared), LINE_LENGTH)]), fontsize='small')
    ranks = _marked_ranks(max_rank)
    for number, (label, scores) in enumerate(all_scores.items()):
        axes.plot(
            range(1, max_rank + 1),
            scores['cmc'][:max_rank],
            color=COLORS[number % len(COLORS)],
            marker=MARKERS[number % len(MARKERS)],
            markevery=[rank - 1 for rank in ranks],
            markersize=5,
            markeredgecolor='white',
            markeredgewidth=0.5,
            linewidth=1.6,
            label=legend[label],
            clip_on=False,
            zorder=3,
        )
    axes.set(xlim=(1, max_rank), ylim=(0, 100))
    axes.set_xticks(ranks)
    axes.yaxis.set_major_locator(MultipleLocator(20))
    axes.grid(color='0.9', linewidth=0.8)
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside lower center', frameon=False, fontsize='small')
    save_figure(figure, out_file)


def _marked_ranks(max_rank: int) -> list[int]:
    """Return the ranks with a tick and a mark. They are few, so that the marks of many curves stay apart."""
    step = 1 if max_rank <= 5 else 5 if max_rank <= 25 else 10
    return sorted({1, *range(step, max_rank + 1, step)})


def _facts(result: Mapping, scores: Mapping) -> dict[str, str]:
    """Describe in words, by name, everything that a curve depends on."""
    return dict(
        protocol=result['protocol'],
        galleries=f'{result["galleries"]} galleries',
        distance=f'{result["distance"]} distance',
        feature=feature_condition(result),
        **{f'data.{name}': f'{name} {value}' for name, value in result['data'].items()},
        sizes=f'{scores["num_valid_query"]} queries, {scores["num_gallery"]} gallery images',
        **{f'option.{name}': f'{name}={value}' for name, value in result['options'].items()},
        flip=f'flip={result["flip"]}',
        gallery=f'gallery {str(scores["trials"][0].get("gallery_digest"))[:6]}',
    )


def _conditions(all_facts: Mapping[str, Mapping[str, str]]) -> tuple[str, dict[str, str]]:
    """Describe what all results share, and how each result differs from the others."""
    names = dict.fromkeys(name for facts in all_facts.values() for name in facts)
    differing = [name for name in names if len({facts.get(name) for facts in all_facts.values()}) > 1]
    first = next(iter(all_facts.values()))
    minor = [name for name in names if name in ('flip', 'gallery') or name.startswith('option.')]
    shared = ', '.join(text for name, text in first.items() if name not in (*differing, *minor))
    return shared, {
        label: ', '.join(facts[name] for name in differing if name in facts) for label, facts in all_facts.items()
    }
