"""Training data that lives on a GPU: 47 MB of pixels, resized there, nothing to wait for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from ._batches import Batches, resize_matrix


class Resident:
    """Give the mini-batches of `batches`, in its order, made on `device` from a copy there."""

    def __init__(self, batches: Batches, device: torch.device) -> None:
        self.batches = batches
        self.images, self.labels = (torch.tensor(part, device=device) for part in batches.split)

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        to, device = self.batches.resize, self.images.device
        if to is not None:
            down, across = (
                torch.from_numpy(resize_matrix(length, to)).to(device)
                for length in self.images.shape[1:]
            )
        for places in self.batches.places():
            index = torch.from_numpy(places).to(device)
            X = self.images[index].float() * np.float32(1 / 255)
            if to is not None:
                X = down @ (X @ across.T)
            yield X[:, None], self.labels[index]
