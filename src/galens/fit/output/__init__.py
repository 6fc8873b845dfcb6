"""Result folders: names, files, text, progress on screen."""
