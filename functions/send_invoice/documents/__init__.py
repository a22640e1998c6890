"""What a buyer gets: the PDF of a document and the e-mail that carries it. Pure functions of the stored record."""
