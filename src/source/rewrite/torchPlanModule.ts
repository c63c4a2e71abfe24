/** A plan as a Python module reads it. */
export interface TorchPlan {
  /** The model the plan was made for, for the module's description. */
  readonly model: string;
  /** Ranks by the layers' paths in the PyTorch model. */
  readonly ranks: ReadonlyMap<string, number>;
}

/**
 * A Python module, which needs PyTorch alone, that applies a plan to any live model: it exchanges the layers the plan names
 * for low-rank ones made from the weights that the model has, fitted as Layerwise fits them (docs/haloc.md, Tucker-2).
 */
export function torchPlanModule({ model, ranks }: TorchPlan): string {
  const lines = [...ranks].map(([path, rank]) => `    ${JSON.stringify(path)}: ${rank},`);
  return code.replace('@MODEL@', () => model.replace(/["\\\n]/g, ' ')).replace('@RANKS@', () => lines.join('\n'));
}

const code = `"""Applies a plan of Layerwise to a PyTorch model: low-rank layers, made from the weights that the model has.

The plan was made for @MODEL@. Use it before fine-tuning, and make the optimizer afterwards:

    model = apply_plan(model)
"""

import torch
from torch import nn

# Ranks by module path. Convolutions become three layers (Tucker-2); pointwise ones and Linear become two (SVD).
PLAN = {
@RANKS@
}

# The fit of a convolution ends after so many sweeps, or when one gains less than this share of the kernel's energy.
MOST_SWEEPS = 20
TOLERANCE = 1e-6


def apply_plan(model, plan=PLAN):
    """Exchanges the layers that the plan names, in place, and returns the model."""
    replacements = {}
    for path, rank in plan.items():
        try:
            layer = model.get_submodule(path)
        except AttributeError:
            raise KeyError(f"The model has no layer {path}; the plan was made for another one.") from None
        replacements[layer] = low_rank(path, layer, rank)
    for parent in list(model.modules()):
        for name, child in list(parent._modules.items()):
            if child not in replacements:
                continue
            if isinstance(parent, (nn.MultiheadAttention, nn.TransformerEncoderLayer)):
                raise TypeError(f"{type(parent).__name__} reads the weight of its layer {name} itself; keep that layer.")
            setattr(parent, name, replacements[child])
    return model


@torch.no_grad()
def low_rank(path, layer, rank):
    """A layer's low-rank form of a rank, which computes nearly what the layer does."""
    kind = type(layer)
    plain = kind in (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
    if not plain or getattr(layer, "groups", 1) != 1 or layer._forward_pre_hooks or layer._forward_hooks:
        raise TypeError(f"{path} is {layer}, which has no low-rank form.")
    weight = layer.weight.detach().cpu().double()
    weight = weight.flatten(2) if weight.dim() > 2 else weight[:, :, None]
    if not 1 <= rank <= full_rank(*weight.shape):
        raise ValueError(f"{path} can't have rank {rank}; its full rank is {full_rank(*weight.shape)}.")
    options = {"device": layer.weight.device, "dtype": layer.weight.dtype}
    bias = layer.bias is not None
    factors = two_factors(weight, rank) if weight.shape[2] == 1 else three_factors(weight, rank)
    if kind is nn.Linear:
        parts = [
            kind(layer.in_features, rank, bias=False, **options),
            kind(rank, layer.out_features, bias=bias, **options),
        ]
    else:
        names = ("kernel_size", "stride", "padding", "dilation", "padding_mode")
        window = {name: getattr(layer, name) for name in names}
        inner, outer = factors[0].shape[0], factors[-1].shape[1]
        parts = [kind(outer, layer.out_channels, 1, bias=bias, **options)]
        if len(factors) == 2:
            parts.insert(0, kind(layer.in_channels, inner, bias=False, **window, **options))
        else:
            parts.insert(0, kind(inner, outer, bias=False, **window, **options))
            parts.insert(0, kind(layer.in_channels, inner, 1, bias=False, **options))
    for part, factor in zip(parts, factors):
        part.weight.copy_(factor.reshape(part.weight.shape))
        part.weight.requires_grad_(layer.weight.requires_grad)
    if bias:
        parts[-1].bias.copy_(layer.bias)
        parts[-1].bias.requires_grad_(layer.bias.requires_grad)
    return nn.Sequential(*parts).train(layer.training)


def full_rank(outputs, inputs, places):
    """The rank at which the factors give the layer back exactly."""
    return max(min(outputs, inputs * places), min(inputs, outputs * places))


def two_factors(weight, rank):
    """Truncated SVD of a matrix [O, I, 1]: [r, I] and [O, r], the root of each singular value in either."""
    u, s, vt = torch.linalg.svd(weight[:, :, 0], full_matrices=False)
    root = s[:rank].sqrt()
    return root[:, None] * vt[:rank], u[:, :rank] * root


def three_factors(weight, rank):
    """Tucker-2 of a kernel [O, I, K]: [ri, I], [ro, ri, K] and [O, ro], by higher-order orthogonal iteration."""
    u, v = leading(weight, rank), leading(weight.transpose(0, 1), rank)
    core = torch.einsum("oik,ox,iy->xyk", weight, u, v)
    total, captured = weight.square().sum(), core.square().sum()
    for _ in range(MOST_SWEEPS):
        if captured >= total:
            break
        u = improved(torch.einsum("oik,iy->oyk", weight, v), u)
        reduced = torch.einsum("oik,ox->ixk", weight, u)
        v = improved(reduced, v)
        core = torch.einsum("ixk,iy->xyk", reduced, v)
        now = core.square().sum()
        if now - captured <= TOLERANCE * total:
            break
        captured = now
    return v.t(), core, u


def leading(kernel, rank):
    """The leading left singular vectors of a kernel unfolded over its first mode, as columns."""
    unfolded = kernel.flatten(1)
    _, vectors = torch.linalg.eigh(unfolded @ unfolded.t())
    return vectors.flip(1)[:, : min(rank, *unfolded.shape)]


def improved(kernel, basis):
    """One step of orthogonal iteration for these vectors."""
    unfolded = kernel.flatten(1)
    return torch.linalg.qr(unfolded @ (unfolded.t() @ basis)).Q
`;
