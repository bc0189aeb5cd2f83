"""The model: backbone, neck and heads in a row."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDDataSample, ReIDFeatures, ReIDTargets
from mmvireid.utils.config_path import errors_at
from mmvireid.utils.suggestions import did_you_mean


@MODELS.register_module()
class CrossModalityReID(BaseModel):
    """Re-identify persons across modalities with a backbone, a neck and heads.

    Each component must have these methods:

    - backbone: ``forward(inputs (B, 3, H, W), modalities (B,)) -> tuple of maps (B, C, h, w)``
    - neck: ``forward(maps) -> ReIDFeatures``
    - head: ``loss(features: ReIDFeatures, targets: ReIDTargets) -> dict of scalars``. A head may have two more methods:
      ``describe(features, targets) -> dict of tensors (B, ...)`` returns what a distance compares in addition to
      the test feature. ``check_training_data(metainfo, sampler)`` raises ValueError if the data set's ``metainfo`` or
      the sampler does not fit the head's options (see :class:`~mmvireid.engine.ConfigCheckHook`).

    Data samples stop here: components only see tensors. An error of a component names the component's own option. This
    class adds the path in the config, such as ``model.heads.identity``.

    Args:
        backbone: Config of the backbone.
        neck: Config of the neck.
        heads: Configs of the heads by name. The name becomes the prefix of the head's losses in the log. None leaves a
            head out, so that a config can remove a head of its base.
        test_cfg: ``feature`` is the name of the test feature in the neck's output. ``flip`` (default False) adds the
            feature of the mirror image. ``normalize`` (default True) then scales the feature to unit length.
        data_preprocessor: Config of the preprocessor.

    Raises:
        ValueError: An option is unknown, or a component refuses its options.

    Example:
        >>> resnet = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
        >>> model = CrossModalityReID(
        ...     backbone=dict(type='TwoStreamResNet', resnet=resnet),
        ...     neck=dict(type='GlobalBNNeck', in_channels=64),
        ...     heads=dict(identity=dict(type='IDHead', num_classes=2, in_channels=64)),
        ...     test_cfg=dict(feature='bn'))
        >>> samples = [ReIDDataSample(gt_label=0, metainfo=dict(pid=0, cam_id=1 + m, modality=m)) for m in (0, 1)]
        >>> list(model(torch.zeros(2, 3, 64, 32), samples, mode='loss'))
        ['identity.loss_bn']
        >>> model.eval()(torch.zeros(2, 3, 64, 32), samples, mode='predict')[0].feature.shape
        torch.Size([64])
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        heads: Mapping[str, dict | None],
        test_cfg: dict,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor or dict(type='ReIDDataPreprocessor'))
        with errors_at('model.backbone'):
            self.backbone = MODELS.build(backbone)
        with errors_at('model.neck'):
            self.neck = MODELS.build(neck)
        self.heads = _build_heads(heads)
        unknown = test_cfg.keys() - {'feature', 'flip', 'normalize'}
        if unknown or 'feature' not in test_cfg:
            raise ValueError(
                f"model.test_cfg takes 'feature' (required), 'flip' and 'normalize', got {dict(test_cfg)}."
            )
        self.test_feature = test_cfg['feature']
        self.flip = test_cfg.get('flip', False)
        self.normalize = test_cfg.get('normalize', True)
        if self.flip and self.describing_heads:
            kinds = sorted({type(head).__name__ for head in self.describing_heads})
            raise ValueError(
                f'model.test_cfg.flip=True adds two vectors, but {kinds} describe an image by more than a vector: set '
                'flip=False, or set the head to None and compare the feature alone.'
            )
        if getattr(self.data_preprocessor, 'channels_last', False):
            self.to(memory_format=torch.channels_last)

    @property
    def describing_heads(self) -> list[nn.Module]:
        """Return the heads that have a ``describe`` method."""
        return [head for head in self.heads.values() if hasattr(head, 'describe')]

    def init_weights(self) -> None:
        """Initialize all components, and log which of them have no pretrained weights."""
        super().init_weights()
        if getattr(self.backbone, 'pretrained', None):
            new = {'neck': self.neck, **{f'heads.{name}': head for name, head in self.heads.items()}}
            counts = {
                name: sum(not key.endswith('num_batches_tracked') for key in module.state_dict())
                for name, module in new.items()
            }
            tensors = ', '.join(f'{name} ({count} tensors)' for name, count in counts.items() if count)
            print_log(f'Not in the pretrained weights, new: {tensors or "nothing"}', logger='current')

    def forward(
        self, inputs: torch.Tensor, data_samples: Sequence[ReIDDataSample], mode: str = 'tensor'
    ) -> ReIDFeatures | dict[str, torch.Tensor] | list[ReIDDataSample]:
        """Run on a normalized batch.

        Args:
            inputs: Images (B, 3, H, W).
            data_samples: Annotations of the images. ``'tensor'`` and ``'predict'`` use only the modality.
            mode: ``'tensor'`` returns the neck's features, ``'loss'`` the named losses, ``'predict'`` the data samples
                with the test feature.
        """
        targets = ReIDTargets.from_data_samples(data_samples, inputs.device)
        if mode == 'tensor':
            return self.extract_feat(inputs, targets.modalities)
        if mode == 'loss':
            return self.loss(inputs, targets)
        if mode == 'predict':
            return self.predict(inputs, targets, data_samples)
        raise ValueError(f"mode must be 'tensor', 'loss' or 'predict', got '{mode}'.")

    def extract_feat(self, inputs: torch.Tensor, modalities: torch.Tensor) -> ReIDFeatures:
        """Compute the neck's features of images (B, 3, H, W) with modalities (B,)."""
        with errors_at('model.backbone'):
            maps = self.backbone(inputs, modalities)
        with errors_at('model.neck'):
            return self.neck(maps)

    def loss(self, inputs: torch.Tensor, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """Compute the losses of all heads, named ``<head>.<loss>``."""
        features = self.extract_feat(inputs, targets.modalities)
        if self.test_feature not in features:
            raise ValueError(
                f"model.test_cfg.feature='{self.test_feature}' is not an output of the neck: choose one of "
                f'{sorted(features)}.'
            )
        losses = {}
        for head_name, head in self.heads.items():
            with errors_at(f'model.heads.{head_name}'):
                losses.update({f'{head_name}.{name}': loss for name, loss in head.loss(features, targets).items()})
        return losses

    def predict(
        self, inputs: torch.Tensor, targets: ReIDTargets, data_samples: Sequence[ReIDDataSample]
    ) -> list[ReIDDataSample]:
        """Add the test feature (D,) and the descriptions of all heads to each data sample."""
        features = self.extract_feat(inputs, targets.modalities)
        fields = dict(feature=self._test_feature(features, inputs, targets.modalities))
        for name, head in self.heads.items():
            if hasattr(head, 'describe'):
                with errors_at(f'model.heads.{name}'):
                    _add_description(fields, head.describe(features, targets))
        for index, sample in enumerate(data_samples):
            sample.set_data({name: values[index] for name, values in fields.items()})
            sample.set_metainfo(dict(feature_name=self.test_feature, flip=self.flip, normalized=self.normalize))
        return list(data_samples)

    def _test_feature(self, features: ReIDFeatures, inputs: torch.Tensor, modalities: torch.Tensor) -> torch.Tensor:
        feature = features[self.test_feature].float()
        if self.flip:
            feature = feature + self.extract_feat(inputs.flip(-1), modalities)[self.test_feature].float()
        return F.normalize(feature) if self.normalize else feature


def _build_heads(configs: Mapping[str, dict | None]) -> nn.ModuleDict:
    ambiguous = [name for name in configs if 'loss' in name]
    if ambiguous:
        raise ValueError(
            f"model.heads: the names {ambiguous} contain 'loss', which marks optimized values: rename them."
        )
    for name, config in configs.items():
        if config is not None and 'type' not in config:
            typed = [other for other, each in configs.items() if each is not None and 'type' in each]
            raise ValueError(f'model.heads.{name} has no type.{did_you_mean(name, typed)}')
    heads = nn.ModuleDict()
    for name, config in configs.items():
        if config is not None:
            with errors_at(f'model.heads.{name}'):
                heads[name] = MODELS.build(config)
    return heads


def _add_description(fields: dict[str, torch.Tensor], description: Mapping[str, torch.Tensor]) -> None:
    if twice := sorted(fields.keys() & description.keys()):
        raise ValueError(f'Another head also describes images by {twice}: set one of the two heads to None.')
    fields.update(description)
