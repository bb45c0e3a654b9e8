"""Nets for sound: what stands in the padding changes nothing, neither in training nor in evaluation."""

from __future__ import annotations

import pytest
import torch

from fathom.errors import UserError
from fathom.nets.audio.classifier import (
    SPEECH_NETS,
    MaskedBatchNorm,
    NormalizedBands,
    length_mask,
    mean_and_peak,
    reverse_frames,
)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def batch(longest: int = 33) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(6, longest, 40), torch.tensor([1, 2, 9, 20, 32, 33])


@pytest.mark.parametrize("name", list(SPEECH_NETS))
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("more", [0, 1, 2, 7])
def test_padding_changes_neither_output_nor_gradient_nor_norm(name, training, more):
    net = NormalizedBands(SPEECH_NETS[name](40, 5, dropout=0.0), [0.5] * 40, [2.0] * 40)
    mel, length = batch()
    start = {key: value.clone() for key, value in net.state_dict().items()}
    seen = []
    there = length_mask(length, mel.shape[1] + more)[:, :, None]
    for filling in (0.0, 1e3):
        net.load_state_dict(start)
        net.train(training)
        net.zero_grad()
        long = torch.nn.functional.pad(mel, (0, 0, 0, more if filling else 0))
        long = torch.where(there[:, : long.shape[1]], long, torch.tensor(filling))
        out = net(long, length)
        out.square().sum().backward()
        seen.append((out, [p.grad.clone() for p in net.parameters()], list(net.buffers())))
        seen[-1] = (out.detach(), seen[-1][1], [b.clone() for b in seen[-1][2]])
    torch.testing.assert_close(seen[0], seen[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", list(SPEECH_NETS))
def test_an_example_is_judged_alike_alone_and_in_a_batch(name):
    net = SPEECH_NETS[name](40, 5).eval()
    mel, length = batch()
    whole = net(mel, length)
    for i, n in enumerate(length.tolist()):
        torch.testing.assert_close(net(mel[i : i + 1, :n], length[i : i + 1])[0], whole[i], rtol=1e-4, atol=1e-5)


def test_masked_norm_is_batch_norm_of_what_is_there():
    ours, theirs = MaskedBatchNorm(3), torch.nn.BatchNorm2d(3)
    maps = torch.randn(4, 3, 10, 5) * 3 + 1
    length = torch.tensor([10, 4, 7, 1])
    mask = length_mask(length, 10)
    rows = maps.transpose(1, 2)[mask]  # (frames there, maps, pitch)
    expected = theirs(rows.permute(1, 0, 2)[None].transpose(0, 1).reshape(3, -1).T[:, :, None, None])
    got = ours(maps, mask[:, None, :, None].float()).transpose(1, 2)[mask]
    torch.testing.assert_close(got.permute(1, 0, 2).reshape(3, -1).T, expected[:, :, 0, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)


def test_turning_turns_what_is_there():
    frames = torch.arange(10.0).view(2, 5, 1)
    assert reverse_frames(frames, torch.tensor([3, 5]))[:, :, 0].tolist() == [[2, 1, 0, 3, 4], [9, 8, 7, 6, 5]]


def test_mean_and_peak_leave_the_padding_out():
    frames = torch.tensor([[[-3.0], [-1.0], [50.0]]])
    assert mean_and_peak(frames, torch.tensor([2])).tolist() == [[-2.0, -1.0]]


def test_too_few_bands_are_refused():
    with pytest.raises(UserError, match="stages=6"):
        SPEECH_NETS["conv"](40, 5, stages=6)
