"""Networks and layers of a chapter that later chapters take for granted."""
