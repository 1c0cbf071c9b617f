"""The same networks in Ciw and in plain SimPy, as their users write them: an independent word on the waits."""
