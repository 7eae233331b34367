"""Log marginal likelihood of a dossier's evidence as a function of its parameters."""
