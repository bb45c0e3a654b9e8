"""Data for PyTorch: a Dataset of texts, a collate that pads and masks, and a DataLoader that shuffles."""

import torch
from torch.utils.data import DataLoader, Dataset

PADDING, UNKNOWN = 0, 1


class Texts(Dataset):
    """Texts as numbers of letters, with their labels."""

    def __init__(self, texts, labels, letters):
        """(Given.) texts: a list of strings. labels: whole numbers. letters: a string of those that are known."""
        self.texts, self.labels = texts, labels
        self.numbers = {letter: i + 2 for i, letter in enumerate(letters)}

    def __len__(self):
        """How many texts there are."""
        return len(self.texts)

    def __getitem__(self, i):
        """Text i as numbers, a tensor (letters,), torch.int64, and its label, a number.

        A letter that is not known becomes UNKNOWN, an empty text one UNKNOWN.
        """
        numbers = [self.numbers.get(letter, UNKNOWN) for letter in self.texts[i]] or [UNKNOWN]
        return torch.tensor(numbers), self.labels[i]


def collate(items):
    """Make one batch of items as the dataset gives them.

    items: a list of pairs, numbers (letters,) and label. Returns three tensors: numbers (batch, longest), torch.int64,
    filled with PADDING at the end up to the longest text of this batch; mask (batch, longest), torch.bool, True where
    there is a letter; labels (batch,), torch.int64.
    """
    texts, labels = zip(*items)
    lengths = torch.tensor([len(text) for text in texts])
    numbers = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=PADDING)
    return numbers, torch.arange(numbers.shape[1]) < lengths[:, None], torch.tensor(labels)


def loader(data, size, training, seed):
    """A DataLoader of batches of that size, made by collate.

    training: shuffle, anew in each epoch, by a torch.Generator of its own with that seed, and leave a smaller last
    batch out. Else all texts come, in their order.
    """
    chance = torch.Generator().manual_seed(seed)
    return DataLoader(data, size, shuffle=training, drop_last=training, collate_fn=collate, generator=chance)


def items(texts, labels, letters):
    """(Given.) How many there are, and each."""
    data = Texts(texts, labels, letters)
    return len(data), [data[i] for i in range(len(texts))]


def batch(numbers, labels):
    """(Given.) One batch of texts, which are lists of numbers."""
    return collate([(torch.tensor(n), label) for n, label in zip(numbers, labels)])


def epochs(texts, labels, letters, size, training, seed):
    """(Given.) The labels of the batches of two epochs, and the shapes of their numbers; common chance is moved."""
    batches = loader(Texts(texts, labels, letters), size, training, seed)
    torch.manual_seed(len(texts))
    told = []
    for _ in range(2):
        told.append([(y.tolist(), list(x.shape)) for x, _, y in batches])
        torch.rand(3)
    return told, len(batches)
