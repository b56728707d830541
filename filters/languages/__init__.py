"""What language identification knows: scripts, label sets, the two written forms of Chinese, and the models."""
