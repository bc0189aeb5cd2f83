"""The estimator: backbone -> neck -> heads."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDDataSample, ReIDFeatures, ReIDTargets


@MODELS.register_module()
class CrossModalityReID(BaseModel):
    """Cross-modality re-identification as a chain of registered components.

    The contracts, which a new component has to keep:

    - backbone: ``forward(inputs (B, 3, H, W), modalities (B,)) -> tuple of maps (B, C, h, w)``
    - neck: ``forward(maps) -> ReIDFeatures``
    - head: ``loss(features: ReIDFeatures, targets: ReIDTargets) -> dict of scalars``; it may have
      ``describe(features, targets) -> dict of tensors (B, ...)``, what a distance compares beside the test feature

    Data samples stop here; the components see tensors.

    Args:
        backbone: Config of the backbone.
        neck: Config of the neck.
        heads: Configs of the heads by name; the name prefixes the head's losses in the log. A head set to None is
            left out, which is how a config takes one out of its base.
        test_cfg: ``feature``, name of the neck's output that is the test feature; ``flip`` (default False), add the
            feature of the mirrored image; ``normalize`` (default True), then scale it to unit length. Without it a
            result's name of the feature says so.
        data_preprocessor: Config of the preprocessor.
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
        self.backbone = MODELS.build(backbone)
        self.neck = MODELS.build(neck)
        ambiguous = [name for name in heads if 'loss' in name]
        if ambiguous:
            raise ValueError(f"model.heads: {ambiguous} contain 'loss', which marks what is optimized. Rename them.")
        self.heads = nn.ModuleDict({name: MODELS.build(head) for name, head in heads.items() if head is not None})
        unknown = test_cfg.keys() - {'feature', 'flip', 'normalize'}
        if unknown or 'feature' not in test_cfg:
            raise ValueError(
                f"model.test_cfg takes 'feature' (required), 'flip' and 'normalize', got {dict(test_cfg)}."
            )
        self.test_feature = test_cfg['feature']
        self.flip = test_cfg.get('flip', False)
        if self.flip and self.describing_heads:
            kinds = sorted({type(head).__name__ for head in self.describing_heads})
            raise ValueError(
                f'model.test_cfg.flip averages vectors; {kinds} describe an image by more than that: set it to False, '
                'or leave the head out (model.heads.<name>=None) and score the feature alone.'
            )
        self.normalize = test_cfg.get('normalize', True)
        if getattr(self.data_preprocessor, 'channels_last', False):
            self.to(memory_format=torch.channels_last)

    @property
    def describing_heads(self) -> list[nn.Module]:
        """The heads that describe an image by more than the test feature."""
        return [head for head in self.heads.values() if hasattr(head, 'describe')]

    def init_weights(self) -> None:
        """Initialize all components; where the backbone takes pretrained weights, report that the others have none."""
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
            data_samples: Their annotations; ``'tensor'`` and ``'predict'`` use only the modality.
            mode: ``'tensor'`` gives the neck's features, ``'loss'`` the named losses, ``'predict'`` the data samples
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
        """The neck's features of images (B, 3, H, W) with modalities (B,)."""
        return self.neck(self.backbone(inputs, modalities))

    def loss(self, inputs: torch.Tensor, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """All heads' losses, ``<head>.<loss>``."""
        features = self.extract_feat(inputs, targets.modalities)
        if self.test_feature not in features:
            raise ValueError(
                f"model.test_cfg.feature='{self.test_feature}' is none of the neck's outputs {sorted(features)}."
            )
        return {
            f'{head_name}.{name}': value
            for head_name, head in self.heads.items()
            for name, value in head.loss(features, targets).items()
        }

    def predict(
        self, inputs: torch.Tensor, targets: ReIDTargets, data_samples: Sequence[ReIDDataSample]
    ) -> list[ReIDDataSample]:
        """Add the test feature (D,), and what heads describe an image by, to each data sample."""
        features = self.extract_feat(inputs, targets.modalities)
        described = dict(feature=self._test_feature(features, inputs, targets.modalities))
        for head in self.describing_heads:
            of_head = head.describe(features, targets)
            if twice := described.keys() & of_head.keys():
                raise ValueError(
                    f'Two heads describe images by {sorted(twice)}: leave one out (model.heads.<name>=None).'
                )
            described.update(of_head)
        name = self.test_feature if self.normalize else f'unnormalized {self.test_feature}'
        for index, sample in enumerate(data_samples):
            sample.set_data({field: values[index] for field, values in described.items()})
            sample.set_metainfo(dict(feature_name=name, flip=self.flip))
        return list(data_samples)

    def _test_feature(self, features: ReIDFeatures, inputs: torch.Tensor, modalities: torch.Tensor) -> torch.Tensor:
        feature = features[self.test_feature].float()
        if self.flip:
            feature = feature + self.extract_feat(inputs.flip(-1), modalities)[self.test_feature].float()
        return F.normalize(feature) if self.normalize else feature
