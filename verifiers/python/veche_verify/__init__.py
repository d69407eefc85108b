"""An independent verifier of veche's decision certificates, written from the pages in formats/ alone."""
