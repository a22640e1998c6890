"""Commands for those who run Goi. Nothing here is deployed."""
