"""What makes the book: pages to notebooks, notebooks to outputs, outputs to the site."""
