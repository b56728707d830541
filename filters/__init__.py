"""Every filter, a file each; `base`, `chain`, `documents`, `evidence` and `documentation` say what a filter is."""
