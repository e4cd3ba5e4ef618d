"""What is shown of a law by trying it: how two versions differ, and where."""
