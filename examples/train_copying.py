"""Trains an nn.LSTM and an nn.GRU to copy symbols over a delay, and saves their weights on the way, which trained-lstm.yaml measures.

    python3 examples/train_copying.py [FOLDER]

The task (Hochreiter & Schmidhuber 1997; Arjovsky, Shah & Bengio 2016): 3 symbols of an alphabet of 4, then 20 steps that are blank but for a signal in
the last one, then 3 blank steps in which the network must say the symbols in their order. Guessing is right in 1 of 4 answers; the loss is the mean
cross-entropy of the answers, ln 4 = 1.386 for guessing. The gate that keeps the state, forget of the LSTM and update of the GRU, begins with a bias of 2
(Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015). With PyTorch's own initial weights the LSTM still guesses after as many steps:
its gradients vanish before they reach the symbols.

Writes lstm/step-N.safetensors and gru/step-N.safetensors, and x.npy, 16 sequences for the test, of shape (sequences, steps, channels), into the folder
trained beside this file. Needs torch and numpy, and takes about two minutes on one core.
"""
import json
import pathlib
import sys

import numpy as np
import torch

HIDDEN, ALPHABET, SYMBOLS, DELAY = 24, 4, 3, 20
BATCH, RATE, LONGEST_GRADIENT, KEEP_BIAS = 64, 5e-3, 1.0, 2.0
SAVED = [0] + [2**i for i in range(6, 12)]  # 0, 64, 128, …, 2048
KEEP_BLOCK = 1  # PyTorch's order of the blocks: i, f, g, o of an LSTM, r, z, n of a GRU
BLANK, SIGNAL, CHANNELS = ALPHABET, ALPHABET + 1, ALPHABET + 2


def sequences(count):
    """Inputs of steps × count × channels, one-hot, and the symbols to say, of SYMBOLS × count."""
    symbols = torch.randint(ALPHABET, (SYMBOLS, count))
    channels = torch.full((SYMBOLS + DELAY + SYMBOLS, count), BLANK)
    channels[:SYMBOLS] = symbols
    channels[SYMBOLS + DELAY - 1] = SIGNAL
    return torch.nn.functional.one_hot(channels, CHANNELS).float(), symbols


def loss_and_accuracy(recurrent, out, inputs, symbols):
    """The mean cross-entropy of the answers, in nats, and the fraction of them that is right."""
    answers = out(recurrent(inputs)[0][-SYMBOLS:])
    loss = torch.nn.functional.cross_entropy(answers.flatten(0, 1), symbols.flatten())
    return loss, (answers.argmax(2) == symbols).float().mean().item()


def train(name, recurrent, folder):
    torch.manual_seed(1)
    recurrent, out = recurrent(CHANNELS, HIDDEN), torch.nn.Linear(HIDDEN, ALPHABET)
    with torch.no_grad():
        recurrent.bias_ih_l0[KEEP_BLOCK * HIDDEN:(KEEP_BLOCK + 1) * HIDDEN] += KEEP_BIAS
    parameters = [*recurrent.parameters(), *out.parameters()]
    adam = torch.optim.Adam(parameters, RATE)
    folder.mkdir(parents=True, exist_ok=True)
    test = sequences(512)
    for step in range(SAVED[-1] + 1):
        if step in SAVED:
            with torch.no_grad():
                loss, accuracy = loss_and_accuracy(recurrent, out, *test)
            print(f"{name}, step {step}: loss {loss.item():.3f}, accuracy {accuracy:.2f}", flush=True)
            save(folder / f"step-{step}.safetensors", {f"{name}.{key}": value for key, value in recurrent.state_dict().items()})
        adam.zero_grad()
        loss_and_accuracy(recurrent, out, *sequences(BATCH))[0].backward()
        torch.nn.utils.clip_grad_norm_(parameters, LONGEST_GRADIENT)
        adam.step()


def save(path, tensors):
    """Writes what safetensors.torch.save_file does: the header's length, the header as JSON, the values."""
    header, values = {}, b""
    for name, tensor in tensors.items():
        data = tensor.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(values), len(values) + len(data)]}
        values += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + values)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the sums of several threads round differently from run to run
    trained = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "trained"
    train("lstm", torch.nn.LSTM, trained / "lstm")
    train("gru", torch.nn.GRU, trained / "gru")
    torch.manual_seed(2)
    np.save(trained / "x.npy", sequences(16)[0].transpose(0, 1).contiguous().numpy())
