"""Reports over a range: facts once, then a document, then one renderer for each form."""
