"""Random networks of PyTorch and the singular values of their Jacobian products by automatic differentiation, for TorchAutogradTests.

    torch_jacobians.py FOLDER

Writes NAME.safetensors (F64), NAME-x.npy (S × T × M) and, where it does not start from 0, NAME-h0.npy (S × state) for each network into the folder, and
prints JSON: for each network and sequence length, for each of the S sequences, log10 of the singular values of P_T = ∂state_T/∂state_0, of one call of
autograd through PyTorch's own forward pass, and log10|det P_T| = Σ_t log10|det J_t|, of one call for each step: the determinant of the product itself
would lose the digits that the product's condition costs. Then, for a loss of the last state and one of every state, log10 of the norms of the gradients with
respect to weight_hh, weight_ih and bias_ih of the measured layers: of each block of rows (of one for nn.RNN), over these layers. The state is layer by layer, within the layer of an LSTM h, then c. Needs torch and numpy.
"""
import json
import math
import pathlib
import statistics
import sys

import numpy as np
import torch
from torch.autograd.functional import jacobian

SEQUENCES, LENGTH, INPUTS, UNITS = 2, 12, 3, 5

# Read lengths. One step shows every singular value to nearly all digits, twelve show the order of the factors.
LENGTHS = [1, 3, LENGTH]

RNN, GRU, LSTM = torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM
KINDS = {"rnn-tanh": (RNN, {}), "rnn-relu": (RNN, {"nonlinearity": "relu"}), "gru": (GRU, {}), "lstm": (LSTM, {})}

# variant: arguments of the class, the layer (or direction) that is measured (None: all), whether it starts from a random state, read lengths. The backward
# direction reads the sequence from its end, so only the whole of it is read.
NO_BIAS, TWO, BOTH_WAYS = {"bias": False}, {"num_layers": 2}, {"bidirectional": True}
VARIANTS = {
    "": ({}, None, False, LENGTHS),
    "-without-biases": (NO_BIAS, None, False, LENGTHS),
    "-from-a-state": ({}, None, True, LENGTHS),
    "-two-layers": (TWO, None, False, LENGTHS),
    "-two-layers-without-biases": (TWO | NO_BIAS, None, False, LENGTHS),
    "-two-layers-from-a-state": (TWO, None, True, LENGTHS),
    "-layer-0-of-two": (TWO, 0, False, LENGTHS),
    "-layer-1-of-two": (TWO, 1, False, LENGTHS),
    "-forward": (BOTH_WAYS, 0, False, [LENGTH]),
    "-backward": (BOTH_WAYS, 1, False, [LENGTH]),
}


class Network:
    """A network of PyTorch whose state is one vector: layer by layer (or direction by direction), within the layer of an LSTM h, then c."""

    def __init__(self, network, arguments):
        self.network = network(INPUTS, UNITS, dtype=torch.float64, **arguments)
        self.layers = self.network.num_layers * (2 if self.network.bidirectional else 1)
        self.parts = 2 if network is LSTM else 1
        self.size = self.layers * self.parts * UNITS

    def run(self, inputs, state):
        """The state after inputs of steps × M."""
        parts = state.reshape(self.layers, self.parts, UNITS).transpose(0, 1)
        last = self.network(inputs, (parts[0].contiguous(), parts[1].contiguous()) if self.parts == 2 else parts[0].contiguous())[1]
        return torch.stack(last if self.parts == 2 else (last,), dim=1).flatten()

    def block(self, layer):
        """The place of a layer in the state."""
        size = self.parts * UNITS
        return slice(None) if layer is None else slice(layer * size, (layer + 1) * size)


def derivative(network, inputs, state, block):
    """The derivative of the block of the state after the inputs with respect to the block of the state before; the rest of the state is fixed."""
    def after(part):
        before = state.clone()
        before[block] = part
        return network.run(inputs, before)[block]

    return jacobian(after, state[block].clone()).numpy()


def measure(network, inputs, state, block, is_backward):
    """log10 of the singular values, descending, and log10|det| of the product over the inputs."""
    product = derivative(network, inputs, state, block)
    log_determinant = 0.0
    for step in inputs.flip(0) if is_backward else inputs:
        log_determinant += np.linalg.slogdet(derivative(network, step[None], state, block))[1]
        state = network.run(step[None], state).detach()
    with np.errstate(divide="ignore"):
        values = np.log10(np.linalg.svd(product, compute_uv=False))
    return {"log10_singular_values": [number(value) for value in values], "log10_abs_determinant": number(log_determinant / math.log(10))}


def loss_gradient(replicate, size):
    """g, the unit vector of rnnsweep's stream: role 5 of the seed 1."""
    raw = np.random.Philox(key=np.array([1, 16 * replicate + 5], dtype=np.uint64)).random_raw(size)
    normals = np.array([statistics.NormalDist().inv_cdf((float(word >> np.uint64(11)) + 0.5) * 2.0**-53) for word in raw])
    return torch.from_numpy(normals / np.linalg.norm(normals))


def gradients(network, inputs, state, measured, is_backward, replicate):
    """log10 of the norms of the gradients by autograd, by loss and parameter; a row for each block of UNITS rows. Without biases those are left out."""
    block = network.block(measured)
    g = loss_gradient(replicate, len(state[block]))
    both_ways = network.network.bidirectional
    layers = range(network.layers) if measured is None else [measured]
    suffixes = [("l0_reverse" if layer else "l0") if both_ways else f"l{layer}" for layer in layers]
    results = {}
    for loss in "last", "every":
        lengths = [len(inputs)] if loss == "last" else range(1, len(inputs) + 1)
        total = sum(g @ network.run(inputs[len(inputs) - t:] if is_backward else inputs[:t], state)[block] for t in lengths)
        results[loss] = {}
        for name, parameter in ("weights", "weight_hh"), ("input_weights", "weight_ih"), ("bias", "bias_ih"):
            if parameter.startswith("bias") and not network.network.bias:
                continue
            tensors = torch.autograd.grad(total, [getattr(network.network, f"{parameter}_{suffix}") for suffix in suffixes], retain_graph=True)
            squares = sum((tensor.reshape(-1, UNITS, tensor.numel() // len(tensor)) ** 2).sum(dim=(1, 2)) for tensor in tensors)
            results[loss][name] = [number(math.log10(square) / 2 if square > 0 else -math.inf) for square in squares.tolist()]
    return results


def number(value):
    """JSON has no infinity."""
    return float(value) if math.isfinite(value) else "-Infinity"


def save(path, tensors):
    """Writes what safetensors.torch.save_file does: the header's length, the header as JSON, the values."""
    header, values = {}, b""
    for name, tensor in tensors.items():
        data = tensor.numpy().astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [len(values), len(values) + len(data)]}
        values += data
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + values)


def main():
    torch.set_num_threads(1)
    folder, results = pathlib.Path(sys.argv[1]), {}
    cases = [(kind + variant, *KINDS[kind], *VARIANTS[variant]) for kind in KINDS for variant in VARIANTS]
    for seed, (name, kind, arguments, more, measured, has_state, lengths) in enumerate(cases):
        torch.manual_seed(seed)
        network = Network(kind, arguments | more)
        with torch.no_grad():
            for key, parameter in network.network.named_parameters():
                parameter.mul_(1.7)  # stronger than PyTorch's initial weights, for more of the nonlinearity
                if arguments and "bias_hh" in key:
                    parameter.add_(1.0)  # most of the rectified units stay on
        inputs = torch.randn(SEQUENCES, LENGTH, INPUTS, dtype=torch.float64)
        states = torch.randn(SEQUENCES, network.size, dtype=torch.float64) * (0.5 if has_state else 0)
        save(folder / f"{name}.safetensors", network.network.state_dict())
        np.save(folder / f"{name}-x.npy", inputs.numpy())
        if has_state:
            np.save(folder / f"{name}-h0.npy", states.numpy())
        block = network.block(measured)
        is_backward = more is BOTH_WAYS and measured == 1
        results[name] = {
            length: [
                measure(network, inputs[s, :length], states[s], block, is_backward)
                | {"gradients": gradients(network, inputs[s, :length], states[s], measured, is_backward, s)} for s in range(SEQUENCES)]
            for length in lengths}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
