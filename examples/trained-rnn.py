"""Trains a small recurrent network and saves its weights as trained-rnn.safetensors, which trained-rnn.yaml measures.

    python3 examples/trained-rnn.py [FILE]

The network is PyTorch's nn.RNN, h_t = tanh(W_ih u_t + W_hh h_{t−1} + b), with its initial weights and the names of its tensors, trained on the
adding problem: of two marked numbers in a sequence of 12, say the sum. Trained here by backpropagation through time in plain numpy, so that numpy is
all it needs; weights that PyTorch saves, safetensors.torch.save_file(model.state_dict(), "model.safetensors"), are read the same way. The file holds
W_hh before the training and after it.
"""
import json
import pathlib
import sys

import numpy as np

HIDDEN, LENGTH, BATCH, STEPS, RATE = 24, 12, 64, 3000, 2e-3


def batch(random):
    """Inputs of length × batch × 2, a number and a mark, and the sums of the two marked numbers."""
    numbers = random.uniform(0, 1, (LENGTH, BATCH))
    marks = np.zeros((LENGTH, BATCH))
    for j in range(BATCH):
        marks[random.choice(LENGTH, 2, replace=False), j] = 1
    return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=0)


def loss_and_gradients(p, inputs, targets):
    states = [np.zeros((BATCH, HIDDEN))]
    for u in inputs:
        states.append(np.tanh(u @ p["rnn.weight_ih_l0"].T + states[-1] @ p["rnn.weight_hh_l0"].T + p["rnn.bias_hh_l0"]))
    error = states[-1] @ p["out.weight"][0] + p["out.bias"][0] - targets
    gradients = {name: np.zeros_like(value) for name, value in p.items()}
    gradients["out.weight"][0] = 2 / BATCH * error @ states[-1]
    gradients["out.bias"][0] = 2 * error.mean()
    carried = 2 / BATCH * np.outer(error, p["out.weight"][0])
    for t in range(LENGTH, 0, -1):
        bent = carried * (1 - states[t] ** 2)
        gradients["rnn.weight_ih_l0"] += bent.T @ inputs[t - 1]
        gradients["rnn.weight_hh_l0"] += bent.T @ states[t - 1]
        gradients["rnn.bias_hh_l0"] += bent.sum(axis=0)
        carried = bent @ p["rnn.weight_hh_l0"]
    return np.mean(error**2), gradients


def train(random):
    def draw(*shape):
        return random.uniform(-1, 1, shape) / np.sqrt(HIDDEN)  # as nn.RNN and nn.Linear begin

    p = {
        "rnn.weight_ih_l0": draw(HIDDEN, 2), "rnn.weight_hh_l0": draw(HIDDEN, HIDDEN), "rnn.bias_hh_l0": draw(HIDDEN),
        "out.weight": draw(1, HIDDEN), "out.bias": draw(1)}
    before = p["rnn.weight_hh_l0"].copy()
    first, second = ({name: np.zeros_like(value) for name, value in p.items()} for _ in range(2))
    for step in range(1, STEPS + 1):
        loss, gradients = loss_and_gradients(p, *batch(random))
        if step % 500 == 0:
            print(f"step {step}: mean squared error {loss:.4f}")  # 0.167 for whoever always says 1
        for name, g in gradients.items():  # Adam
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * g * g
            p[name] -= RATE * (first[name] / (1 - 0.9**step)) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
    return {"rnn.weight_hh_l0": p["rnn.weight_hh_l0"], "initial.weight_hh_l0": before}


def save(path, tensors):
    """A .safetensors file: the header's length, the header as JSON, the values."""
    header, values = {}, b""
    for name, tensor in tensors.items():
        data = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(values), len(values) + len(data)]}
        values += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + values)


if __name__ == "__main__":
    here = pathlib.Path(__file__).with_suffix(".safetensors")
    save(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here, train(np.random.default_rng(1)))
