"""What a recipe may say: small frozen classes, one file per part of the recipe, unknown keys refused."""
