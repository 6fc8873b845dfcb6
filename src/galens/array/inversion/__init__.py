"""Linear systems of images: how amplitudes are regularized."""
