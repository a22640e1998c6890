"""How the layer and the functions are packed for Lambda."""
