"""Answers to questions about a finished run or release."""
