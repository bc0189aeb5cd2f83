"""Curves of the cumulative matching characteristic."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from mmvireid.evaluation.results.table import feature_condition

# Distinguishable with the common kinds of color blindness: those of Okabe and Ito (yellow, faint on white, late),
# then a gray and Paul Tol's wine. Curves also differ in their marks, for prints in gray.
COLOURS = (
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
    """Plot the CMC curves of one or several results in one setting, not re-ranked.

    What the results share (protocol, galleries, distance, feature, data) stands above the curves; in what they differ,
    the legend says of each, so that curves of different protocols or data are told apart.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label.
        setting: Such as ``'all-search/single-shot'``.
        out_file: Picture to write; its suffix (png, pdf, svg) decides the format.
        max_rank: Last rank shown, 2 to 50.

    Raises:
        ValueError: If there is no result, one lacks the setting, or ``max_rank`` is a rank that results do not have.
    """
    if not results:
        raise ValueError('No result to plot.')
    for label, result in results.items():
        if setting not in result['settings']:
            raise ValueError(f"Result '{label}' has no setting '{setting}': it has {list(result['settings'])}.")
    scores_of = {label: result['settings'][setting] for label, result in results.items()}
    last_rank = min(len(scores['cmc']) for scores in scores_of.values())
    if not 2 <= max_rank <= last_rank:
        raise ValueError(f'max_rank={max_rank} must be 2 to {last_rank}, the ranks that results hold.')
    shared, different = _conditions({label: _facts(results[label], scores) for label, scores in scores_of.items()})
    legend = {}
    for label, scores in scores_of.items():
        text = f'{label}: R1 {scores["R1"]:.1f}, mAP {scores["mAP"]:.1f}'
        legend[label] = textwrap.fill('; '.join(filter(None, [text, different[label]])), LINE_LENGTH)

    # The axes stay as high as they are, however long the legend.
    num_lines = sum(len(text.splitlines()) for text in legend.values())
    figure = Figure(figsize=(6.4, 4.6 + 0.18 * num_lines), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel='rank', ylabel='queries matched up to this rank (%)')
    axes.set_title('\n'.join([setting, *textwrap.wrap(shared, LINE_LENGTH)]), fontsize='small')
    ranks = _marked_ranks(max_rank)
    for number, (label, scores) in enumerate(scores_of.items()):
        axes.plot(
            range(1, max_rank + 1),
            scores['cmc'][:max_rank],
            color=COLOURS[number % len(COLOURS)],
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
    Path(out_file).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out_file)


def _marked_ranks(max_rank: int) -> list[int]:
    """The ranks that are named, and marked on the curves: a few, so that marks of many curves do not run together."""
    step = 1 if max_rank <= 5 else 5 if max_rank <= 25 else 10
    return sorted({1, *range(step, max_rank + 1, step)})


def _facts(result: Mapping, scores: Mapping) -> dict[str, str]:
    """What a curve depends on, in words by name."""
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


def _conditions(facts_of: Mapping[str, Mapping[str, str]]) -> tuple[str, dict[str, str]]:
    """What all results share, as far as a reader wants it said, and what tells each from the others."""
    names = dict.fromkeys(name for facts in facts_of.values() for name in facts)
    differing = [name for name in names if len({facts.get(name) for facts in facts_of.values()}) > 1]
    first = next(iter(facts_of.values()))
    unsaid = [name for name in names if name in ('flip', 'gallery') or name.startswith('option.')]
    shared = ', '.join(text for name, text in first.items() if name not in (*differing, *unsaid))
    return shared, {
        label: ', '.join(facts[name] for name in differing if name in facts) for label, facts in facts_of.items()
    }
