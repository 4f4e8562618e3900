"""What each framework needs beside its public interface, and why."""
