"""Makes blocks of lots before they are run: which steps each lot visits, how long its visits take, when it is released."""
