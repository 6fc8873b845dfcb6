"""Models: classes with priors in place of arguments, composed into trees and compiled into pure functions."""
