"""What is made of the built pages: slides, PDFs, the zip."""
