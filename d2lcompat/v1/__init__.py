"""The interface of d2l 1.0: classes that readers subclass, override and re-open."""
