"""Training data that lives on a GPU: 47 MB of pixels, resized there, nothing to wait for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from .batches import Batches
from .resize import resize


class Resident:
    """Give the mini-batches of `batches`, in its order, made on `device` from a copy there."""

    def __init__(self, batches: Batches, device: torch.device) -> None:
        self.batches, self.split = batches, batches.split
        self.images, self.labels = (torch.tensor(part, device=device) for part in batches.split)

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for places in self.batches.places():
            index = torch.from_numpy(places).to(self.images.device)
            X = resize(self.images[index], self.batches.resize, self._multiply, torch.Tensor.float)
            yield X[:, None], self.labels[index]

    def peek(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a first batch, as that of `batches`."""
        return self.batches.peek()

    def _multiply(self, pixels: torch.Tensor, down: np.ndarray, across: np.ndarray) -> torch.Tensor:
        rows, columns = (torch.from_numpy(matrix).to(pixels.device) for matrix in (down, across))
        return rows @ (pixels @ columns.T)
