"""ResNets that have one copy of the first stages for each modality."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import torch
from mmcv.cnn import NonLocal2d
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.models import ResNet
from torch import nn

from mmvireid.models.layers import insert_non_local
from mmvireid.registry import MODELS
from mmvireid.structures import Modality

from .plain_resnet import build_plain_resnet
from .pretrained import load_pretrained

NUM_STAGES = 5  # the stem and the four residual layers


@MODELS.register_module()
class TwoStreamResNet(BaseModule):
    """Share the stages of a ResNet between the modalities from stage ``split`` on (HcTri, Sec. III-A).

    The stages are the stem (0) and layer1 to layer4 (1-4). Each modality has its own copy of the stages before
    ``split``. Both modalities share the other stages. s0 shares all stages, s1 doubles the stem, s2 doubles stem and
    layer1, and s5 shares nothing.

    Both copies of a stage start from the same weights. An image passes through the stream of its modality. The order of
    the images in the batch does not matter.

    Args:
        resnet: Config of a ``mmpretrain.ResNet`` or of a class derived from it (``depth``, ``strides``, ``style`` ...).
        split: First shared stage, 0-5.
        out_indices: Indices of the layers whose maps are returned, 0 for layer1 to 3 for layer4, as in mmpretrain.
        pretrained: Weights of the plain ResNet: a local file, ``torchvision://...`` or a URL. None keeps the random
            initialization.
        norm_eval: Use the running statistics of the batch norms while training, and keep them fixed.
        non_local: Number of non-local blocks in each layer. AGW and LCCRF have ``dict(layer2=2, layer3=3)``: one after
            each of the last two blocks of layer2 and of the last three blocks of layer3. In a doubled layer each stream
            has its own blocks. A new block returns its input unchanged, and pretrained weights still fit.
        non_local_reduction: A non-local block computes with C // ``non_local_reduction`` channels, and at least one.
        trust_pretrained: Load ``pretrained`` even if the file may run code (see :func:`load_pretrained`).

    Raises:
        TypeError: ``resnet`` builds another network, or a ResNet with its own forward pass.
        ValueError: ``split`` is not 0-5, or ``non_local`` names a layer or a number of blocks that does not exist.

    Example:
        >>> resnet = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
        >>> backbone = TwoStreamResNet(resnet=resnet, split=2, out_indices=(0, 3))
        >>> list(backbone.visible), list(backbone.shared)
        (['stem', 'layer1'], ['layer2', 'layer3', 'layer4'])
        >>> maps = backbone(torch.rand(4, 3, 64, 32), modalities=torch.tensor([0, 1, 1, 0]))
        >>> [tuple(feature_map.shape) for feature_map in maps]
        [(4, 8, 16, 8), (4, 64, 2, 1)]
    """

    def __init__(
        self,
        resnet: dict,
        split: int = 1,
        out_indices: Sequence[int] = (3,),
        pretrained: str | None = None,
        norm_eval: bool = False,
        non_local: Mapping[str, int] | None = None,
        non_local_reduction: int = 2,
        trust_pretrained: bool = False,
    ) -> None:
        super().__init__()
        if not 0 <= split <= NUM_STAGES:
            raise ValueError(f'split must be 0 (all shared) to {NUM_STAGES} (all doubled), got {split}.')
        self.split = split
        self.out_indices = tuple(out_indices)
        self.pretrained = pretrained
        self.trust_pretrained = trust_pretrained
        self.norm_eval = norm_eval
        self.non_local = dict(non_local or {})
        self.non_local_reduction = non_local_reduction

        self.resnet = resnet
        network = build_plain_resnet(self.resnet)
        self.feat_dim = network.feat_dim
        self._check_non_local(network)
        own, common = self._split(network)
        self.visible = nn.ModuleDict(own)
        self.infrared = deepcopy(self.visible)
        self.shared = nn.ModuleDict(common)

    def _check_non_local(self, network: ResNet) -> None:
        num_blocks = {name: len(getattr(network, name)) for name in network.res_layers}
        for name, count in self.non_local.items():
            if not 0 <= count <= num_blocks.get(name, -1):
                raise ValueError(
                    f'non_local.{name}={count} does not fit a ResNet with {num_blocks} blocks: use these layers, and '
                    'at most as many non-local blocks as a layer has blocks.'
                )

    def _split(self, network: ResNet) -> tuple[dict[str, nn.Module], dict[str, nn.Module]]:
        """Divide the stages of a network, by name, into the stages of a stream and the shared stages."""
        stem = [network.stem] if network.deep_stem else [network.conv1, network.norm1, network.relu]
        stages = {'stem': nn.Sequential(*stem, network.maxpool)}
        stages.update((name, getattr(network, name)) for name in network.res_layers)
        for name, count in self.non_local.items():
            stages[name] = insert_non_local(stages[name], count, self.non_local_reduction, network.norm_cfg)
        names = list(stages)
        own, common = names[: self.split], names[self.split :]
        return {name: stages[name] for name in own}, {name: stages[name] for name in common}

    def init_weights(self) -> None:
        """Initialize a plain ResNet and copy its weights to all stages of both streams."""
        network = build_plain_resnet(self.resnet)
        network.init_weights()
        if self.pretrained:
            load_pretrained(network, self.pretrained, self.trust_pretrained)
        own, common = self._split(network)
        self.visible.load_state_dict(nn.ModuleDict(own).state_dict())
        self.infrared.load_state_dict(self.visible.state_dict())
        self.shared.load_state_dict(nn.ModuleDict(common).state_dict())
        if self.pretrained and self.non_local:
            new = [name for name, module in self.named_modules() if isinstance(module, NonLocal2d)]
            print_log(
                f'{type(self).__name__}: new blocks, not in the pretrained weights, which first return their input: '
                f'{", ".join(new)}',
                logger='current',
            )

    def train(self, mode: bool = True) -> 'TwoStreamResNet':
        """Set the training mode. With ``norm_eval`` the batch norms stay in evaluation mode."""
        super().train(mode)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def forward(self, inputs: torch.Tensor, modalities: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Compute the maps.

        Args:
            inputs: Normalized images (B, 3, H, W).
            modalities: :class:`~mmvireid.structures.Modality` of each image, (B,).

        Returns:
            One map (B, C, h, w) for each of ``out_indices``.
        """
        maps = self._forward_streams(inputs, modalities) if self.split else {}
        x = maps[list(self.visible)[-1]] if self.split else inputs
        for name, stage in self.shared.items():
            x = maps[name] = stage(x)
        return tuple(maps[f'layer{index + 1}'] for index in self.out_indices)

    def _forward_streams(self, inputs: torch.Tensor, modalities: torch.Tensor) -> dict[str, torch.Tensor]:
        streams = {Modality.VISIBLE: self.visible, Modality.INFRARED: self.infrared}
        rows, outputs = [], []
        for modality, stages in streams.items():
            index = torch.nonzero(modalities == int(modality)).flatten()
            if len(index) == 0:
                continue
            x, maps = inputs[index], {}
            for name, stage in stages.items():
                x = maps[name] = stage(x)
            rows.append(index)
            outputs.append(maps)
        if len(outputs) == 1:
            return outputs[0]
        order = torch.cat(rows).argsort()
        return {name: torch.cat([maps[name] for maps in outputs])[order] for name in self.visible}
