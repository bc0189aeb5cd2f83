"""Check the precision of the forward pass and of the optimizer step."""

import torch

from mmvireid.engine import AutocastOptimWrapper


def test_forward_runs_in_bfloat16_and_the_step_in_float32():
    model = torch.nn.Linear(4, 4)
    wrapper = AutocastOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = model.weight.clone()
    with wrapper.optim_context(model):
        out = model(torch.ones(2, 4))
    assert out.dtype == torch.bfloat16
    assert not torch.is_autocast_enabled('cpu')
    wrapper.update_params(out.float().square().sum())
    assert model.weight.dtype == torch.float32 and not torch.equal(model.weight, before)
