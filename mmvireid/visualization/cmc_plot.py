"""Curves of the cumulative matching characteristic."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

# Distinguishable with the common kinds of colour blindness (Okabe and Ito), and by their marks in grey.
COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
MARKERS = 'osD^vP'


def plot_cmc(results: Mapping[str, Mapping], setting: str, out_file: str | Path, max_rank: int = 20) -> None:
    """Plot the CMC curves of one or several results in one setting.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label.
        setting: Such as ``'all-search/single-shot'``.
        out_file: Picture to write; its suffix (png, pdf, svg) decides the format.
        max_rank: Last rank shown, at most 50.

    Raises:
        ValueError: If there is no result, or one lacks the setting.
    """
    if not results:
        raise ValueError('No result to plot.')
    for label, result in results.items():
        if setting not in result['settings']:
            raise ValueError(f"Result '{label}' has no setting '{setting}': it has {list(result['settings'])}.")

    figure = Figure(figsize=(6.4, 4.6), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for number, (label, result) in enumerate(results.items()):
        scores = result['settings'][setting]
        curve = scores['cmc'][:max_rank]
        axes.plot(
            range(1, len(curve) + 1),
            curve,
            color=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            markersize=4,
            linewidth=1.8,
            label=f'{label}: R1 {scores["R1"]:.1f}, mAP {scores["mAP"]:.1f}'
            f' ({result["protocol"]}, {result["galleries"]} galleries)',
            clip_on=False,
            zorder=3,
        )
    axes.set(
        title=setting,
        xlabel='rank',
        ylabel='queries matched up to this rank (%)',
        xlim=(1, max_rank),
        ylim=(0, 100),
    )
    ticks = [1, *range(5, max_rank + 1, 5)]
    axes.set_xticks(ticks)
    axes.yaxis.set_major_locator(MultipleLocator(20))
    axes.grid(color='0.9', linewidth=0.8)
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside lower center', frameon=False, fontsize='small')
    Path(out_file).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out_file)
