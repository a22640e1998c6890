"""Payment providers: one module each, made by `registry` when it is needed."""
